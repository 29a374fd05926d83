package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func mkdir(t testing.TB, directory string) {
	t.Helper()
	if err := os.MkdirAll(directory, 0o777); err != nil {
		t.Fatal(err)
	}
}

func TestRun(t *testing.T) {
	c := fakeConfig(t, t.TempDir())
	var progress bytes.Buffer
	c.Progress = &progress
	result := mustRun(t, c)
	if result.Step != 60 || result.Best.Dice < 0.8 || result.Best.Step == 0 {
		t.Errorf("result %+v, want 60 steps and a validation Dice above 0.8", result)
	}
	for _, path := range []string{result.Checkpoint, result.BestCheckpoint} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	for _, text := range []string{"3 training cases, 2 validation cases (Case", "step 60/60  loss 0.", "validation Dice 0.", "done: 60 steps"} {
		if !strings.Contains(progress.String(), text) {
			t.Errorf("progress lacks %q:\n%s", text, progress.String())
		}
	}
	records := readLog(t, c.Directory)
	if len(records) != 63 {
		t.Errorf("%d records in the log, want 60 steps and 3 validations", len(records))
	}
	if first, last := *records[0].Loss, *records[61].Loss; !(last < 0.5*first) {
		t.Errorf("loss went from %v to %v, want less than half", first, last)
	}
}

func readLog(t *testing.T, directory string) (records []Record) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(directory, "log.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var r Record
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		r.Seconds = 0
		records = append(records, r)
	}
	return records
}

// TestInterrupt stops a run through its context, at a step of its own and during a validation, and goes on; with inputs
// that are staged, too, which changes no bits.
func TestInterrupt(t *testing.T) {
	directory := t.TempDir()
	whole := fakeConfig(t, directory)
	mustRun(t, whole)

	for _, at := range []int{0, 12, 19, 20, 59} {
		part, rest := fakeConfig(t, directory), fakeConfig(t, directory)
		part.Device.(*fakeDevice).stages, rest.Device.(*fakeDevice).stages = at > 15, at < 20
		part.Directory = t.TempDir()
		ctx, cancel := context.WithCancel(context.Background())
		part.Device.(*fakeDevice).before = func(step int) error {
			if step == at {
				cancel() // the step goes on to its end
			}
			return nil
		}
		result, err := Run(ctx, part)
		if !errors.Is(err, ErrInterrupted) || result.Step != at+1 {
			t.Fatalf("interrupted in step %d: %+v, %v", at+1, result, err)
		}
		rest.Directory, rest.Resume, rest.Cache = part.Directory, true, 0
		mustRun(t, rest)
		if diff := cmp.Diff(bits(whole), bits(rest)); diff != "" {
			t.Errorf("interrupted in step %d: variables differ from an uninterrupted run's (-want +got):\n%.2000s", at+1, diff)
		}
		if diff := cmp.Diff(readLog(t, whole.Directory), readLog(t, rest.Directory)); diff != "" {
			t.Errorf("interrupted in step %d: log (-want +got):\n%.2000s", at+1, diff)
		}
	}
}

func TestDivergence(t *testing.T) {
	c := fakeConfig(t, t.TempDir())
	c.Device.(*fakeDevice).before = func(step int) error {
		if step == 34 {
			c.Variables.(*fakeVariables).values["head.weight"][0] = float32(math.NaN())
		}
		return nil
	}
	_, err := Run(context.Background(), c)
	wantError(t, err, "step 35: the loss is NaN", "step-000030.safetensors", "--resume")
	if !errors.Is(err, ErrDiverged) {
		t.Errorf("%v does not wrap ErrDiverged", err)
	}
}
