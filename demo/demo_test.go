package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/runtime/cpu"
	"github.com/vnlang/vn/train"
	"github.com/vnlang/vn/volume"
	"github.com/vnlang/vn/workbench"
)

// few is the smallest data set from which a batch can be drawn.
var few = dataset{training: 2, unseen: 1}

func options(t *testing.T, directory string, progress *bytes.Buffer) Options {
	d := cpu.New(0)
	t.Cleanup(func() { d.Close() })
	return Options{Directory: directory, Seed: 3, Iterations: 2, Device: d, Progress: progress}
}

// A demo leaves all that its documentation promises; one that is run again does nothing twice and says the same.
func TestRun(t *testing.T) {
	directory := t.TempDir()
	var progress bytes.Buffer
	first, err := run(context.Background(), options(t, directory, &progress), few)
	if err != nil {
		t.Fatal(err)
	}
	checkFiles(t, first, directory)

	before, err := os.ReadFile(first.Model)
	if err != nil {
		t.Fatal(err)
	}
	progress.Reset()
	again, err := run(context.Background(), options(t, directory, &progress), few)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(progress.String(), "resuming after step 2") {
		t.Errorf("the second run does not go on from the first:\n%s", progress.String())
	}
	first.Seconds, again.Seconds = 0, 0
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the second run says otherwise (-first +second):\n%s", diff)
	}
	if after, err := os.ReadFile(first.Model); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the second run leaves another model: %v", err)
	}
}

// checkFiles checks a result and the files that it names.
func checkFiles(t *testing.T, r *Result, directory string) {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cases", "mean_dice", "model", "seconds"}, slices.Sorted(maps.Keys(object))); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	entry := object["cases"].([]any)[0].(map[string]any)
	if diff := cmp.Diff([]string{"dice", "mask", "name", "picture"}, slices.Sorted(maps.Keys(entry))); diff != "" {
		t.Errorf("JSON of a case (-want +got):\n%s", diff)
	}
	segmentations := filepath.Join(directory, "segmentations")
	want := []Case{{
		Name: "Case00", Dice: r.MeanDice, // of the only one
		Mask: filepath.Join(segmentations, "Case00_segmentation.mhd"), Picture: filepath.Join(segmentations, "Case00.png"),
	}}
	if diff := cmp.Diff(want, r.Cases); diff != "" {
		t.Fatalf("cases (-want +got):\n%s", diff)
	}

	mask, err := volume.Read(r.Cases[0].Mask)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := volume.Read(filepath.Join(directory, "unseen", "Case00_segmentation.mhd"))
	if err != nil {
		t.Fatal(err)
	}
	if dice, err := volume.Dice(truth, mask); err != nil || dice != r.MeanDice {
		t.Errorf("the mask has Dice %v (%v), and the result says %v", dice, err, r.MeanDice)
	}
	file, err := os.Open(r.Cases[0].Picture)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := png.Decode(file); err != nil {
		t.Error(err)
	}
	m, err := workbench.Load(r.Model, workbench.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Weights() == nil {
		t.Error("the model has no weights")
	}
	if text, err := os.ReadFile(filepath.Join(directory, "demo.vn")); err != nil || string(text) != program {
		t.Errorf("demo.vn is not the program: %v", err)
	}
}

// A demo that is stopped says so.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := run(ctx, options(t, t.TempDir(), &bytes.Buffer{}), dataset{training: 1, unseen: 1}); !errors.Is(err, train.ErrInterrupted) {
		t.Errorf("the error is %v", err)
	}
}

// A demo in float16 trains with a scaled loss.
func TestScaleLoss(t *testing.T) {
	directory := t.TempDir()
	o := options(t, directory, &bytes.Buffer{})
	o.Iterations, o.ScaleLoss = 1, true
	if _, err := run(context.Background(), o, few); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(directory, "run", "log.jsonl"))
	if err != nil || !bytes.Contains(log, []byte(`"loss_scale":65536`)) {
		t.Errorf("%v, the log is %s", err, log)
	}
}
