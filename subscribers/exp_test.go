package subscribers
import ("testing";"context";"time";"database/sql";"os";"fmt")
func TestExp(t *testing.T){
 for _, cache := range []string{"-2000","-16000","-64000"} {
  s:=openStore(t)
  s.db.Update(context.Background(), func(tx *sql.Tx) error { _,err:=tx.Exec("PRAGMA cache_size="+cache); return err})
  for _, n := range []int{200000, 1000000} {
  if n==1000000 && os.Getenv("BIG")=="" {continue}
  start:=time.Now()
  if _,err:=s.AddMany(context.Background(), numbered(t,n),fmt.Sprint("e",n),testEvidence,testNow,nil);err!=nil{t.Fatal(err)}
  d:=time.Since(start)
  t.Log(cache, n, landingRows, float64(n)/d.Seconds())
  }
 }
}
