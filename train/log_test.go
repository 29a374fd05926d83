package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	old := strings.Join([]string{
		`{"step":1,"loss":0.5,"seconds":1}`,
		`{"step":2,"loss":0.25,"seconds":1}`,
		`{"step":2,"seconds":3,"validation":0.75,"cases":{"a":0.5,"b":1}}`,
		`{"step":3,"loss":0.125,"seconds":1}`,
		`{"step":3,"seconds":9,"validation":0.25}`, // not in the checkpoint of step 3
		`{"step":4,"loss":0.0625,"seconds":1}`,
		`{"step":2,"lo`, // cut off by a kill
	}, "\n")
	if err := os.WriteFile(path, []byte(old), 0o666); err != nil {
		t.Fatal(err)
	}
	log, err := openLog(path, state{step: 3, validated: 2})
	if err != nil {
		t.Fatal(err)
	}
	loss, mean := 0.0625, 0.5
	for _, r := range []Record{{Step: 3, Seconds: 4, Validation: &mean, Cases: map[string]float64{"b": 0.5}}, {Step: 4, Loss: &loss, Seconds: 2}} {
		if err := log.write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.close(); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`{"step":1,"loss":0.5,"seconds":1}`,
		`{"step":2,"loss":0.25,"seconds":1}`,
		`{"step":2,"seconds":3,"validation":0.75,"cases":{"a":0.5,"b":1}}`,
		`{"step":3,"loss":0.125,"seconds":1}`,
		`{"step":3,"seconds":4,"validation":0.5,"cases":{"b":0.5}}`,
		`{"step":4,"loss":0.0625,"seconds":2}`,
		"",
	}, "\n")
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	wantError(t, log.write(Record{}), "write the log")
	_, err = openLog(t.TempDir(), state{})
	wantError(t, err, "no regular file: move it away")
}

// TestProgress runs a clock that goes on four seconds a step.
func TestProgress(t *testing.T) {
	show := func(terminal bool) string {
		var out strings.Builder
		now := time.Unix(0, 0)
		r := newReporter(&out, terminal, func() time.Time { return now })
		r.begin(100, 2100)
		for step := 101; step <= 106; step++ {
			now = now.Add(4 * time.Second)
			r.step(step, 1/float64(step))
			if step == 104 {
				r.validated(step, 0.875)
			}
		}
		r.note("stopped")
		return out.String()
	}
	plain := `step 101/2100  loss 0.0099  0.25 steps/s  2h13m left
step 104/2100  loss 0.0096  0.25 steps/s  2h13m left
step 104/2100  validation Dice 0.8750
stopped
`
	if diff := cmp.Diff(plain, show(false)); diff != "" {
		t.Errorf("plain lines (-want +got):\n%s", diff)
	}
	terminal := "\rstep 101/2100  loss 0.0099  0.25 steps/s  2h13m left" +
		"\rstep 102/2100  loss 0.0098  0.25 steps/s  2h13m left" +
		"\rstep 103/2100  loss 0.0097  0.25 steps/s  2h13m left" +
		"\rstep 104/2100  loss 0.0096  0.25 steps/s  2h13m left" +
		"\rstep 105/2100  loss 0.0095  validation Dice 0.8750  0.25 steps/s  2h13m left" +
		"\rstep 106/2100  loss 0.0094  validation Dice 0.8750  0.25 steps/s  2h12m left" +
		"\nstopped\n"
	if diff := cmp.Diff(terminal, show(true)); diff != "" {
		t.Errorf("terminal (-want +got):\n%s", diff)
	}
}

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		300 * time.Millisecond: "0s", 59600 * time.Millisecond: "1m00s", 725 * time.Second: "12m05s", 187*time.Minute + 31*time.Second: "3h07m", 50 * time.Hour: "50h00m",
	} {
		if got := formatDuration(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
