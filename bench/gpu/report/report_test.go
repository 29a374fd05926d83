package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vnlang/vn/artifact"
)

// What the steps left is put together, as far as it is there.
func TestReport(t *testing.T) {
	directory := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(directory, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	probabilities := func(name string, p float32) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(directory, name), 0o777); err != nil {
			t.Fatal(err)
		}
		a := &artifact.Array{Shape: []int{2, 1, 1, 2}, Values: []float32{1 - p, 0.5, p, 0.5}}
		if err := artifact.WriteNPY(filepath.Join(directory, name, output), a); err != nil {
			t.Fatal(err)
		}
	}
	write("steps.tsv", "devices\t0.1\tok\nbench-sm_80-bf16\t60.0\ttook longer than it may\n")
	write("bench-sm_80-bf16.json", "") // it was ended
	write("bench-sm_90a-fp32.json", `{"device":"GPU, fp32","forward_ms":4,"forward_device_ms":3,"forward_flops":4000000000000,"train_step_ms":20,"train_step_device_ms":19,"batch":2,"planned_bytes":1048576}`)
	write("bench-sm_90a-bf16.json", `{"device":"GPU, bf16","forward_ms":3,"forward_device_ms":2,"forward_flops":4000000000000,"train_step_ms":11,"train_step_device_ms":10,
		"batch":2,"planned_bytes":1048576}`)
	write("torch.json", `{"head":{"torch":"2"},"rows":[{"what":"forward","precision":"fp64","layout":"contiguous","mode":"eager","ms":0,"error":1e-7},
		{"what":"forward","precision":"bf16","layout":"contiguous","mode":"eager","ms":6,"tflops":100,"peak_mib":2},
		{"what":"train","precision":"bf16","layout":"contiguous","mode":"graph","ms":30,"peak_mib":4},
		{"what":"train","precision":"bf16","layout":"contiguous","mode":"compile","failed":"no time was left"}]}`)
	probabilities("reference", 0.9)
	probabilities("sm_90a-bf16", 0.8)
	r, err := gather(directory)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Vn) != 2 || r.Vn[0].Precision != "bf16" || r.Vn[0].Arch != "sm_90a" || r.Vn[0].ForwardDevice != 2 || r.Vn[1].Error != 0 {
		t.Errorf("Vn: %+v", r.Vn)
	}
	want := 1 - math.Log(4)/math.Log(9) // log(0.8/0.2) for log(0.9/0.1)
	if math.Abs(r.Vn[0].Error-want) > 1e-6 {
		t.Errorf("the error is %g, not %g", r.Vn[0].Error, want)
	}
	var text strings.Builder
	r.print(&text)
	for _, row := range []string{
		"| bench-sm_80-bf16 | 60.0 | took longer than it may |",
		"| bf16 | sm_90a | 3 | 2 | 2e+03 | 11 | 2 | 10 |",
		"| forward | bf16 | contiguous | eager | 6 | 100 | 2 MiB |  |",
		"| train | bf16 | contiguous | compile | no time was left |",
		"| forward | 2 ms, bf16, sm_90a | 6 ms, bf16, contiguous, eager | 3× |",
		"| train | 10 ms, bf16, sm_90a | 30 ms, bf16, contiguous, graph | 3× | 0.25 |",
	} {
		if !strings.Contains(text.String(), row) {
			t.Errorf("there is no %q in\n%s", row, text.String())
		}
	}
	if err := run(directory); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(directory, "gpu.json"))
	if err != nil || !json.Valid(written) {
		t.Errorf("gpu.json: %v, %s", err, written)
	}
}
