package receiver_test

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"malote.dev/receiver"
)

// app is the example as a process of its own.
type app struct {
	t       *testing.T
	process *exec.Cmd
	url     string
}

func startApp(t *testing.T, environment ...string) *app {
	t.Helper()
	run, err := filepath.Abs("../../examples/receivers/go-nethttp/run")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(run); err != nil {
		t.Skip("the example is not beside this module")
	}
	process := exec.Command(run)
	process.Env = append(os.Environ(), append(environment, "PORT=0")...)
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	a := &app{t: t, process: process}
	t.Cleanup(a.kill)
	line, err := bufio.NewReader(output).ReadString('\n')
	url := strings.TrimPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || url == strings.TrimSpace(line) {
		t.Fatalf("the example said %q: %v", line, err)
	}
	a.url = url
	return a
}

func (a *app) kill() {
	_ = a.process.Process.Kill()
	_ = a.process.Wait()
}

func (a *app) post(id, body string, change func(http.Header)) (int, string) {
	a.t.Helper()
	v, err := receiver.NewVerifier(exampleSecret)
	if err != nil {
		a.t.Fatal(err)
	}
	r, _ := http.NewRequest("POST", a.url+"/any/path", strings.NewReader(body))
	r.Header = v.Sign(id, time.Now(), []byte(body))
	if change != nil {
		change(r.Header)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(text)
}

func TestTheExampleRemembersAcrossAKill(t *testing.T) {
	folder := t.TempDir()
	effects := filepath.Join(folder, "effects")
	environment := []string{"MALOTE_WEBHOOK_SECRET=" + exampleSecret, "STATE_DIR=" + folder,
		"EFFECTS_FILE=" + effects}
	const body = `{"id":"evt_1","type":"order.created","data":{"order_id":"ord_1"}}`
	first := startApp(t, environment...)
	if status, text := first.post("a", body, nil); status != 200 || text != `{"received":true}` {
		t.Errorf("%d %s", status, text)
	}
	if status, _ := first.post("b", body, func(h http.Header) { h.Del("webhook-signature") }); status != 401 {
		t.Errorf("without a signature: %d", status)
	}
	first.kill()
	second := startApp(t, environment...)
	if status, text := second.post("a", body, nil); status != 200 ||
		text != `{"received":true,"duplicate":true}` {
		t.Errorf("after a kill: %d %s", status, text)
	}
	if status, _ := second.post("c", `{"id":"evt_2","type":"return.created"}`, nil); status != 200 {
		t.Errorf("another type: %d", status)
	}
	if text, _ := os.ReadFile(effects); string(text) != "evt_1 order.created\nevt_2 return.created\n" {
		t.Errorf("the effects are %q", text)
	}
	_ = second.process.Process.Signal(os.Interrupt)
	if err := second.process.Wait(); err != nil {
		t.Errorf("an interrupt ends it with %v", err)
	}
}

func TestTheExampleRefusesToStartWithoutASecret(t *testing.T) {
	run, _ := filepath.Abs("../../examples/receivers/go-nethttp/run")
	if _, err := os.Stat(run); err != nil {
		t.Skip("the example is not beside this module")
	}
	process := exec.Command(run)
	process.Env = append(os.Environ(), "MALOTE_WEBHOOK_SECRET=", "PORT=0")
	output, err := process.CombinedOutput()
	if err == nil || !strings.Contains(string(output), "no_secret") {
		t.Errorf("%v %s", err, output)
	}
}
