package demo
import ("testing";"os";"strings";"net/http/httptest";"time";"mime";"fmt")
func TestLook(t *testing.T){
 if *shots=="" {t.Skip("no")}
 ctx:=browse(t); in,addr:=openInbox(t,30); c:=dial(t,addr)
 in.SetLinks(Link{"The paper", "http://127.0.0.1:9001/"}, Link{"The issue on the web", "http://127.0.0.1:9002/"})
 subs:=map[string][]string{"en":{"Merrowport’s floating bridge opens at dawn, nine months late and four million under budget"},"ar":{"افتتاح الجسر العائم في ميروبورت فجرًا، بعد تأخير تسعة أشهر وبتوفير أربعة ملايين"}}
 for n:=range 70 { lang:=[]string{"en","en","ar"}[n%3]
  h,_:=os.ReadFile("../../../templates/testdata/letter-"+lang+".html"); tx,_:=os.ReadFile("../../../templates/testdata/letter-"+lang+".txt")
  raw:=strings.Replace(goodMail(n,lang), sent.Format(time.RFC1123Z), time.Now().Format(time.RFC1123Z), 1)
  head:=raw[:strings.Index(raw,"\r\n\r\n")+4]
  lines:=strings.Split(head,"\r\n"); for i,l:=range lines { if strings.HasPrefix(l,"Subject:"){ w:=mime.BEncoding.Encode("utf-8",subs[lang][0]); if lang=="en"{w=mime.QEncoding.Encode("utf-8",subs[lang][0])}; lines[i]="Subject: "+strings.ReplaceAll(w," ","\r\n ")}
   if strings.HasPrefix(l,"To:"){ lines[i]="To: "+mime.BEncoding.Encode("utf-8",[]string{"Mona Haddad","José Ángel","ليلى حداد"}[n%3])+" <"+reader(n)+">"} }
  head=strings.Join(lines,"\r\n")
  b:=fmt.Sprintf("kq2m9x4c1a81fzt%06dpw7", n); enc,f:="quoted-printable",quoted; if lang=="ar"{enc,f="base64",based}
  body:=""; for i,m:=range []string{"text/plain","text/html"} { body+="--=_b"+b+"\nContent-Type: "+m+"; charset=utf-8\nContent-Transfer-Encoding: "+enc+"\n\n"+f([]string{string(tx),string(h)}[i])+"\n" }
  body+="--=_b"+b+"--\n"
  if err:=send(c,reader(n),crlf(head+body)); err!=nil {t.Fatal(err)} }
 s:=httptest.NewServer(in.Handler()); defer s.Close()
 photograph(t,ctx,s.URL,map[string]string{"list":"/","desktop":"/mail/1","phone":"/mail/3?view=phone","dark":"/mail/1?view=dark","text":"/mail/3?view=text","source":"/mail/3?view=source","checks":"/mail/1?view=checks"})
}
