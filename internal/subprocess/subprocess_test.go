package subprocess

import (
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		script, out, said, err string
	}{
		{"echo a; echo b >&2", "a\n", "b\n", ""},
		{"echo a; exit 3", "a\n", "", "exit status 3"},
		{"echo a; sleep 60", "a\n", "", "longer than 2s"},
		{"while :; do echo yes; done", "yes\n", "", "more than 64.0 KiB"},
		{"sleep 5 >&2 & echo a", "a\n", "", ""}, // the shell ends before the sleep, which keeps an output open
	} {
		start := time.Now()
		out, said, err := Run(exec.Command("sh", "-c", c.script), Limits{2 * time.Second, 64 << 10})
		if !strings.HasPrefix(string(out), c.out) || string(said) != c.said {
			t.Errorf("%s: it wrote %.20q and %q", c.script, out, said)
		}
		if err == nil && c.err != "" || err != nil && (c.err == "" || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: the error is %v, want %q", c.script, err, c.err)
		}
		if want := strings.HasPrefix(c.err, "exit"); Exited(err) != want {
			t.Errorf("%s: that it exited by itself is %v", c.script, !want)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("%s: it took %v", c.script, d)
		}
	}
	if _, _, err := Run(exec.Command("/no/such/command"), Limits{time.Second, 1}); err == nil {
		t.Error("a command that is not there: no error")
	}
}
