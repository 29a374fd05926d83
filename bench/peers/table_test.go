package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	forward, one, two := tasks[0].name, tasks[1].name, tasks[2].name
	c := &comparison{
		o: options{threads: 2, rounds: 3, runs: 1}, model: "VNet", image: []int{1, 64, 32, 128}, peak: 400e9,
		costs:  map[string]cost{forward: {1000e9, 100e9}, one: {3000e9, 400e9}, two: {6000e9, 800e9}},
		errors: map[string]float64{"vn": 3.42e-6, "torch": 4e-7},
		programs: []*program{
			{name: "Vn", key: "vn", results: map[string]*measurement{
				forward: {[]float64{0.55, 0.5, 0.75}, 1.25e9}, one: {[]float64{2, 2, 2}, 2e9}, two: {[]float64{4, 4, 4}, 0},
			}},
			{name: "PyTorch 2", key: "torch", results: map[string]*measurement{
				forward: {[]float64{4, 3.9, 4.8, 4.2}, 1.5e9}, one: {[]float64{12.44, 12.44}, 2.5e9},
			}},
			{name: "onnxruntime 1", key: "onnx"},
		},
		missing: []string{"PyTorch 2 failed at training step, batch 2: no memory"},
	}
	var got strings.Builder
	c.write(&got)
	want := `### VNet, 1×128×32×64 voxels, float32

2 threads each; medians, with their ranges, over 3 rounds in turn (runs in each: 1). The machine's measured peak is 400 GFLOP/s;
the limits are the FLOPs of a direct algorithm, and of those that Vn takes, at that rate.

| | Vn | PyTorch 2 | onnxruntime 1 | direct limit | limit | Vn is above it by |
| --- | --- | --- | --- | --- | --- | --- |
| forward, batch 1 | 550 ms (500 ms to 750 ms) | 4.1 s (3.9 s to 4.8 s) |  | 2.5 s | 250 ms | 2.2× |
| training step, batch 1 | 2 s (2 s to 2 s) | 12.4 s (12.4 s to 12.4 s) |  | 7.5 s | 1 s | 2× |
| training step, batch 2 | 4 s (4 s to 4 s) |  |  | 15 s | 2 s | 2× |
| peak memory, forward, batch 1 | 1.25 GB | 1.50 GB |  |  |  |  |
| peak memory, training step, batch 1 | 2.00 GB | 2.50 GB |  |  |  |  |
| peak memory, training step, batch 2 |  |  |  |  |  |  |
| relative L2 error against float64 | 3.4e-06 | 4.0e-07 |  |  |  |  |

Missing: PyTorch 2 failed at training step, batch 2: no memory.

`
	if d := cmp.Diff(want, got.String()); d != "" {
		t.Errorf("the table (-want +got):\n%s", d)
	}
}
