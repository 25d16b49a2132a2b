package subscribers
import ("testing";"time";"database/sql";"os";"strings";"syscall")
func TestExp(t *testing.T){
  s:=openStore(t)
  if c:=os.Getenv("CACHE"); c!="" { s.db.Update(t.Context(), func(tx *sql.Tx) error { _,err:=tx.Exec("PRAGMA cache_size="+c); return err}) }
  var r0,r1 syscall.Rusage; syscall.Getrusage(0,&r0)
  start:=time.Now()
  n,err:=s.AddMany(t.Context(),numbered(t,1000000),"daily","x",testNow,nil)
  syscall.Getrusage(0,&r1)
  t.Log(os.Getenv("CACHE"),landingRows,n,err,time.Since(start), "user",time.Duration(r1.Utime.Nano()-r0.Utime.Nano()),"sys",time.Duration(r1.Stime.Nano()-r0.Stime.Nano()))
  b,_:=os.ReadFile("/proc/self/status")
  for l:=range strings.Lines(string(b)) { if strings.HasPrefix(l,"VmHWM") {t.Log(l)} }
}
