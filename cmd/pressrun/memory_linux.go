package main

import (
	"syscall"
	"time"
)

// peakMemory returns the most memory that the program ever had, in bytes.
func peakMemory() int64 { return usage().Maxrss << 10 }

// cpuTime returns the processor time of the program until now.
func cpuTime() time.Duration {
	u := usage()
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func usage() (u syscall.Rusage) {
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it cannot fail for this process
	return u
}
