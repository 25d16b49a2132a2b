package relay

import (
	"net"
	"testing"
	"time"
)

func TestAddressLiterals(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.7:25": "[192.0.2.7]", "[2001:db8::1]:587": "[IPv6:2001:db8::1]", "[::ffff:192.0.2.7]:25": "[192.0.2.7]", "[fe80::1%eth0]:25": "[IPv6:fe80::1]",
	} {
		host, _, _ := net.SplitHostPort(addr)
		ip, err := net.ResolveIPAddr("ip", host)
		if err != nil {
			t.Fatal(err)
		}
		if got := literal(&net.TCPAddr{IP: ip.IP, Zone: ip.Zone, Port: 25}); got != want {
			t.Errorf("%s is %s, want %s", addr, got, want)
		}
	}
}

// A server that talks without end before the first mail does not fill the memory.
func TestATalkativeServer(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	go func() {
		for {
			if _, err := there.Write(make([]byte, 1000)); err != nil {
				return
			}
		}
	}()
	w := &wire{Conn: here, room: 5000}
	defer w.Close()
	w.allow(time.Second)
	total, buffer := 0, make([]byte, 600)
	for {
		n, err := w.Read(buffer)
		if total += n; err == errTooTalkative {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if total != 5000 {
		t.Errorf("%d octets were read", total)
	}
	w.trust()
	if _, err := w.Read(buffer); err != nil {
		t.Errorf("a trusted server: %v", err)
	}
}
