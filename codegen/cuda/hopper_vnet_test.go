//go:build cuda

package cuda_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu"
	cudadevice "github.com/vnlang/vn/runtime/cuda"
	"github.com/vnlang/vn/workbench"
)

func TestHopperVNet(t *testing.T) {
	m, err := workbench.Load("../../models/vnet.vn", workbench.Options{Training: true, Set: map[string]string{"width": "16", "image": "1,16,16,16"}, Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	run := func(d runtime.Device) (losses []float32, vars map[string][]float32) {
		w, err := m.Open(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Initialise(1); err != nil {
			t.Fatal(err)
		}
		s, err := d.Open(w.Training, w.Variables)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		image, label := make([]float32, 4096), make([]float32, 4096)
		r := rand.New(rand.NewPCG(1, 2))
		for i := range image {
			image[i] = float32(r.NormFloat64())
			if i%16 < 6 {
				label[i] = 1
				image[i]++
			}
		}
		for i := range 3 {
			loss := make([]float32, 1)
			if err := s.Run(runtime.Step{Seed: 1, Step: uint64(i), Inputs: map[string][]float32{"image": image, "label": label}, Outputs: map[string][]float32{"loss": loss}}); err != nil {
				t.Fatal(err)
			}
			losses = append(losses, loss[0])
		}
		vars = map[string][]float32{}
		for _, b := range w.Training.Buffers {
			if b.Class == "variable" {
				v := make([]float32, b.Type.Elements())
				w.Variables.Store(b.Name, v)
				vars[b.Name] = v
			}
		}
		return
	}
	processor := cpu.New(0)
	defer processor.Close()
	want, wv := run(processor)
	d, err := cudadevice.New(cudadevice.Options{Precision: cuda.BF16})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	got, gv := run(d)
	t.Log(want, got)
	for name, v := range wv {
		var off, all float64
		for i := range v {
			off += sq(float64(gv[name][i] - v[i]))
			all += sq(float64(v[i]))
		}
		if e := math.Sqrt(off / all); e > 0.02 || e != e {
			t.Log(name, e)
		}
	}
}
