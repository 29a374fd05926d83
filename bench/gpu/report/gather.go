package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vnlang/vn/artifact"
)

// results is all that was measured, and the form of gpu.json.
type results struct {
	Devices json.RawMessage `json:"devices,omitempty"` // of vnc devices --json
	Steps   []step          `json:"steps"`
	Vn      []*measurement  `json:"vn"`
	Torch   *torch          `json:"torch,omitempty"`
}

// step is a step of bench/gpu.sh.
type step struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	Result  string  `json:"result"` // ok, or what was wrong
}

// measurement is Vn by one of its code paths in one precision.
type measurement struct {
	Arch      string  `json:"arch"`
	Precision string  `json:"precision"`
	Device    string  `json:"device"`
	Forward   float64 `json:"forward_ms"`
	FLOPs     int64   `json:"forward_flops"`
	Step      float64 `json:"train_step_ms,omitempty"`
	StepFLOPs int64   `json:"train_step_flops,omitempty"`
	Batch     int     `json:"batch,omitempty"`
	Planned   int64   `json:"planned_bytes"`
	Error     float64 `json:"error,omitempty"` // relative, of the difference of the logits

	// Of the kernels, without the copies between the host and the device, which the times above have.
	ForwardDevice float64 `json:"forward_device_ms,omitempty"`
	StepDevice    float64 `json:"train_step_device_ms,omitempty"`
}

// torch is what torch_vnet.py writes.
type torch struct {
	Head map[string]any `json:"head"`
	Rows []peer         `json:"rows"`
}

// peer is PyTorch in one of its configurations.
type peer struct {
	What      string  `json:"what"` // forward or train
	Precision string  `json:"precision"`
	Layout    string  `json:"layout"`
	Mode      string  `json:"mode"`
	MS        float64 `json:"ms,omitempty"`
	TFLOPS    float64 `json:"tflops,omitempty"`
	PeakMiB   float64 `json:"peak_mib,omitempty"`
	Error     float64 `json:"error,omitempty"`
	Failed    string  `json:"failed,omitempty"`
}

// gather reads a directory of results.
func gather(directory string) (*results, error) {
	r := &results{}
	var err error
	if r.Steps, err = readSteps(filepath.Join(directory, "steps.tsv")); err != nil {
		return nil, err
	}
	if text, err := os.ReadFile(filepath.Join(directory, "devices.log")); err == nil && json.Valid(text) {
		r.Devices = text
	}
	var t torch
	switch err := readJSON(filepath.Join(directory, "torch.json"), &t); {
	case err == nil:
		r.Torch = &t
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(directory, "bench-*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "bench-"), ".json")
		m := &measurement{}
		if info, err := os.Stat(file); err != nil || info.Size() == 0 {
			continue // the step failed
		}
		if err := readJSON(file, m); err != nil {
			return nil, err
		}
		m.Arch, m.Precision, _ = strings.Cut(name, "-")
		m.Error, err = difference(filepath.Join(directory, name, output), filepath.Join(directory, "reference", output))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		r.Vn = append(r.Vn, m)
	}
	slices.SortStableFunc(r.Vn, func(a, b *measurement) int { return order(a.Precision) - order(b.Precision) })
	return r, nil
}

// order is where a precision stands in a table.
func order(precision string) int {
	return slices.Index([]string{"bf16", "fp16", "tf32", "fp32"}, precision)
}

// output is what vnc run makes of image.npy.
const output = "image_output.npy"

func readJSON(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

func readSteps(file string) ([]step, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var list []step
	for line := range strings.Lines(string(text)) {
		cells := strings.SplitN(strings.TrimRight(line, "\n"), "\t", 3)
		if len(cells) != 3 {
			return nil, fmt.Errorf("%s: %q is not a name, seconds and a result", file, line)
		}
		seconds, err := strconv.ParseFloat(cells[1], 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, step{cells[0], seconds, cells[2]})
	}
	return list, nil
}

// difference returns the relative L2 error of log p1 - log p0, the difference of the two logits, between two results.
func difference(file, reference string) (float64, error) {
	got, err := logits(file)
	if err != nil {
		return 0, err
	}
	want, err := logits(reference)
	if err != nil {
		return 0, err
	}
	if len(got) != len(want) {
		return 0, fmt.Errorf("%s has %d voxels, and %s %d", file, len(got), reference, len(want))
	}
	off, whole := 0.0, 0.0
	for i, w := range want {
		off += (got[i] - w) * (got[i] - w)
		whole += w * w
	}
	return math.Sqrt(off / whole), nil
}

// logits returns the difference of the logits at every voxel, from the probabilities of two classes.
func logits(file string) ([]float64, error) {
	a, err := artifact.ReadNPY(file)
	if err != nil {
		return nil, err
	}
	if len(a.Shape) == 0 || a.Shape[0] != 2 {
		return nil, fmt.Errorf("%s has the shape %v, not two classes", file, a.Shape)
	}
	n := len(a.Values) / 2
	list := make([]float64, n)
	for i := range list {
		list[i] = math.Log(float64(a.Values[n+i])) - math.Log(float64(a.Values[i]))
	}
	return list, nil
}
