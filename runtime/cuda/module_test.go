//go:build cuda

package cuda

import (
	"fmt"
	"strings"
	"testing"

	codegen "github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/lang/source"
	vnruntime "github.com/vnlang/vn/runtime"
)

// text is a module written by hand: a variable is packed into the session's memory, then y = packed x + seed + step, and
// the variable becomes its double.
const text = `
#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define VN_KERNEL(threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks)
#define VN_EXPORT(name)
#define FAR (1ll << 44)
#else
#include "host.h"
#define FAR 64
#endif
VN_KERNEL(32, 1) pack(const float* w, float* packed) {
  int i = blockIdx.x * 32 + threadIdx.x;
  packed[i] = w[i];
}
VN_EXPORT(pack)
VN_KERNEL(32, 1) combine(const float* x, const float* packed, float* y, const unsigned long long* step) {
  int i = blockIdx.x * 32 + threadIdx.x;
  y[i] = packed[i] * x[i] + (float)step[0] + (float)step[1];
}
VN_EXPORT(combine)
VN_KERNEL(32, 1) update(float* w, float* packed) {
  int i = blockIdx.x * 32 + threadIdx.x;
  w[i] = 2 * w[i];
  packed[i] = w[i];
}
VN_EXPORT(update)
`

// elements of each tensor of the module.
const elements = 64

// byHand returns the module of text, and the plan that has its inputs, outputs and variables.
func byHand() (*codegen.Module, *plan.Plan) {
	session := func(offset int64) codegen.Arg { return codegen.Arg{Place: codegen.Place{Offset: offset}} }
	w := codegen.Arg{Place: codegen.Place{Variable: "w"}}
	const x, y, packed, step = 0, 256, 512, 768
	at := func(line int) []source.Position { return []source.Position{{File: "hand.vn", Line: line, Column: 5}} }
	two := [3]int{elements / 32, 1, 1}
	m := &codegen.Module{
		Name: "hand", Text: text, Memory: 1024, Step: step,
		Inputs:  []codegen.Host{{Name: "x", Offset: x, Elements: elements}},
		Outputs: []codegen.Host{{Name: "y", Offset: y, Elements: elements}},
		Prepare: []codegen.Launch{{Entry: "pack", Grid: two, Block: 32, Args: []codegen.Arg{w, session(packed)}, At: at(1)}},
		Launches: []codegen.Launch{
			{Entry: "combine", Grid: two, Block: 32, Args: []codegen.Arg{session(x), session(packed), session(y), session(step)}, Note: "by hand", FLOPs: 192, At: at(2)},
			{Entry: "update", Grid: two, Block: 32, Args: []codegen.Arg{w, session(packed)}, Kernel: 1, At: at(3)},
		},
	}
	t := ir.NewType(ir.Axis{Name: "x", Size: elements})
	p := &plan.Plan{Name: "hand", Buffers: []plan.Buffer{
		{Name: "x", Class: plan.Input, Type: t}, {Name: "y", Class: plan.Output, Type: t}, {Name: "w", Class: plan.Variable, Type: t},
	}, Kernels: []plan.Kernel{{Name: "y", Stores: []plan.Store{{View: plan.View{Buffer: 1}}}}, {Name: "w", Stores: []plan.Store{{View: plan.View{Buffer: 2}}}}}}
	return m, p
}

// newDevice returns the first GPU, at full precision.
func newDevice(t testing.TB) *Device {
	t.Helper()
	d, err := New(Options{Precision: codegen.FP32})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// openByHand opens the module of text on fresh variables.
func openByHand(t *testing.T, d *Device, m *codegen.Module, p *plan.Plan) (*Session, vnruntime.Variables, error) {
	t.Helper()
	vs, err := d.Variables(p)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.openModule(m, p, vs)
	return s, vs, err
}

// values returns ascending numbers.
func values(from float32) []float32 {
	v := make([]float32, elements)
	for i := range v {
		v[i] = from + float32(i)
	}
	return v
}

// A step sees its inputs, its seed and its number; prepared memory follows variables that are loaded, and no others.
func TestModule(t *testing.T) {
	for _, mode := range []string{"graph", "one by one", "profile"} {
		t.Run(mode, func(t *testing.T) {
			if mode == "one by one" {
				t.Setenv("VN_CUDA_SYNC", "1")
			}
			d := newDevice(t)
			m, p := byHand()
			s, vs, err := openByHand(t, d, m, p)
			if err != nil {
				t.Fatal(err)
			}
			if mode == "profile" {
				s.StartProfile()
			}
			factor := float32(1)
			for step := range uint64(5) {
				if step%3 == 0 {
					factor = float32(step + 1)
					w := make([]float32, elements)
					for i := range w {
						w[i] = factor
					}
					if err := vs.Load("w", w); err != nil {
						t.Fatal(err)
					}
				}
				x, y := values(float32(step)), make([]float32, elements)
				if err := s.Run(vnruntime.Step{Seed: 100, Step: step, Inputs: map[string][]float32{"x": x}, Outputs: map[string][]float32{"y": y}}); err != nil {
					t.Fatal(err)
				}
				for i := range y {
					if want := factor*x[i] + 100 + float32(step); y[i] != want {
						t.Fatalf("step %d: y[%d] = %g, want %g", step, i, y[i], want)
					}
				}
				factor *= 2
			}
			w := make([]float32, elements)
			if err := vs.Store("w", w); err != nil || w[elements-1] != factor {
				t.Errorf("w is %v, want %g; %v", w, factor, err)
			}
			if mode == "profile" {
				checkTimes(t, s)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if err := s.Run(vnruntime.Step{Inputs: map[string][]float32{"x": values(0)}}); err == nil || !strings.Contains(err.Error(), "the session is closed") {
				t.Errorf("a run after Close: %v", err)
			}
		})
	}
}

func checkTimes(t *testing.T, s *Session) {
	t.Helper()
	times := s.LaunchTimes()
	if len(times) != 2 {
		t.Fatalf("there are %d times", len(times))
	}
	first, second := times[0], times[1]
	if first.Entry != "combine" || first.Note != "by hand" || first.FLOPs != 192 || first.Seconds <= 0 || fmt.Sprint(first.At) != "[hand.vn:2:5]" ||
		second.Entry != "update" || second.Kernel != 1 {
		t.Errorf("the times are %+v", times)
	}
}

// A module that does not fit the driver or the plan is refused, with the kernel and its line where there is one.
func TestWrongModules(t *testing.T) {
	d := newDevice(t)
	for _, c := range []struct {
		name   string
		change func(m *codegen.Module)
		want   string
	}{
		{"no such kernel", func(m *codegen.Module) { m.Launches[1].Entry = "none" }, "kernel none (hand.vn:3:5): CUDA_ERROR_"},
		{"no such variable", func(m *codegen.Module) { m.Launches[1].Args[0].Variable = "v" }, `kernel update (hand.vn:3:5): argument 0: there is no variable "v"`},
		{"far argument", func(m *codegen.Module) { m.Launches[0].Args[2].Offset = 4096 }, "kernel combine (hand.vn:2:5): argument 2: offset 4096"},
		{"far input", func(m *codegen.Module) { m.Inputs[0].Offset = 1000 }, "x of hand lies outside"},
		{"far step", func(m *codegen.Module) { m.Step = 1016 }, "the step of hand lies outside"},
		{"shared memory", func(m *codegen.Module) { m.Launches[0].Shared = 1 << 20 }, "kernel combine (hand.vn:2:5): 1048576 bytes of shared memory: CUDA_ERROR_"},
		{"text", func(m *codegen.Module) { m.Text += "nonsense;" }, "cannot compile the kernels"},
		{"memory", func(m *codegen.Module) { m.Memory = 1 << 50 }, "its feature maps take 1.0 PiB"},
		{"tensor map", func(m *codegen.Module) { m.Launches[0].Args[0].Map = &codegen.TensorMap{DType: codegen.F32} }, "argument 0: a tensor map of f32 has 0 sizes"},
	} {
		m, p := byHand()
		c.change(m)
		if s, _, err := openByHand(t, d, m, p); err == nil {
			s.Close()
			t.Errorf("%s: no error", c.name)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %q", c.name, err, c.want)
		}
	}
}

// What is left open is closed with the device, and a closed device says so.
func TestClose(t *testing.T) {
	d := newDevice(t)
	m, p := byHand()
	s, vs, err := openByHand(t, d, m, p)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"run":   s.Run(vnruntime.Step{Inputs: map[string][]float32{"x": values(0)}}),
		"load":  vs.Load("w", values(0)),
		"store": vs.Store("w", values(0)),
	} {
		if err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
	if _, err := d.Variables(p); err == nil {
		t.Error("variables of a closed device: no error")
	}
}

// There is no device of such a number.
func TestNoSuchDevice(t *testing.T) {
	if d, err := New(Options{Device: 99}); err == nil || !strings.Contains(err.Error(), "there is no device 99") {
		d.Close()
		t.Errorf("the error is %v", err)
	}
}
