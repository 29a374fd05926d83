package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/workbench"
)

// What the cubins take is what cuobjdump -res-usage and nvdisasm say of them; shared memory without what the system keeps.
func TestReadCubin(t *testing.T) {
	same := map[string]*resources{
		"local":  {registers: 10, stack: 64},
		"shared": {registers: 10, shared: 4000},
		"matrix": {registers: 18, hmma: 1},
	}
	for arch, more := range map[cuda.Arch]map[string]*resources{
		cuda.SM80:  nil,
		cuda.SM90a: {"wide": {registers: 30, hgmma: 1}, "wideOfRegisters": {registers: 34, hgmma: 1}},
	} {
		data, err := os.ReadFile(filepath.Join("testdata", string(arch)+".cubin"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := readCubin(data, arch)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]*resources{}
		for _, list := range []map[string]*resources{same, more} {
			for name, r := range list {
				want[name] = r
			}
		}
		if d := cmp.Diff(want, got, cmp.AllowUnexported(resources{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", arch, d)
		}
		for n := range len(data) / 64 { // cut short, it is an error and no crash
			readCubin(data[:64*n], arch)
		}
	}
	if _, err := readCubin([]byte("text"), cuda.SM80); err == nil {
		t.Error("a text is taken for a cubin")
	}
}

// The blocks that a multiprocessor holds are those of CUDA's occupancy calculator.
func TestResident(t *testing.T) {
	for _, c := range []struct {
		arch                             cuda.Arch
		block, registers, static, shared int
		want                             int
	}{
		{cuda.SM80, 256, 32, 0, 0, 8},
		{cuda.SM80, 256, 33, 0, 0, 6},
		{cuda.SM80, 32, 16, 0, 0, 32},
		{cuda.SM80, 128, 255, 0, 0, 2},
		{cuda.SM80, 128, 64, 0, 100 << 10, 1},
		{cuda.SM90a, 128, 64, 0, 100 << 10, 2},
		{cuda.SM90a, 384, 168, 0, 220 << 10, 1},
		{cuda.SM80, 128, 64, 2 << 10, 38 << 10, 4},
		{cuda.SM80, 128, 64, 0, 200 << 10, 0},
	} {
		l := &cuda.Launch{Block: c.block, Shared: c.shared}
		if got := gpus[c.arch].resident(l, &resources{registers: c.registers, shared: c.static}); got != c.want {
			t.Errorf("%+v: %d blocks", c, got)
		}
	}
}

// small returns the kernels of a small V-Net.
func small(t *testing.T) (*workbench.Model, []*program) {
	t.Helper()
	m, err := workbench.Load("../../../models/vnet.vn", workbench.Options{Set: map[string]string{"width": "4", "image": "1,16,16,16"}, Training: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	t.Setenv("VN_NVRTC_COMMAND", "/nonexistent") // no compiler
	list, err := programs(m, options{archs: "sm_80,sm_90a", modes: "inference,training", precision: "bf16"})
	if err != nil {
		t.Fatal(err)
	}
	return m, list
}

// Every launch stands in one group, as often as the group has kernels.
func TestGroups(t *testing.T) {
	_, programs := small(t)
	for _, p := range programs {
		launches, flops := 0, int64(0)
		for _, g := range p.groups {
			launches += len(g.kernels) * len(g.launches)
			for _, l := range g.launches {
				flops += int64(len(g.kernels)) * l.FLOPs
			}
		}
		want := int64(0)
		for _, l := range p.module.Launches {
			want += l.FLOPs
		}
		if launches != len(p.module.Launches) || flops != want {
			t.Errorf("%s, %s: %d launches of %d, %d FLOPs of %d", p.arch, p.plan.Mode, launches, len(p.module.Launches), flops, want)
		}
	}
}

// Measured times go to the kernels that they are of, and those of another plan are refused.
func TestProfile(t *testing.T) {
	_, programs := small(t)
	p := programs[0]
	type layer struct {
		Pass string  `json:"pass"`
		Name string  `json:"name"`
		MS   float64 `json:"ms"`
	}
	var layers []layer
	for _, k := range p.plan.Kernels {
		layers = append(layers, layer{"forward", k.Name, 2})
	}
	file := filepath.Join(t.TempDir(), "bench.json")
	save := func() {
		text, err := json.Marshal(map[string]any{"forward_ms": 100, "layers": layers})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	save()
	if err := readProfile(file, programs[:2]); err != nil {
		t.Fatal(err)
	}
	for _, g := range p.groups {
		if want := 2e-3 * float64(len(g.kernels)); g.measured < 0.999*want || g.measured > 1.001*want {
			t.Errorf("%s took %g s, not %g", g.kernels[0].Name, g.measured, want)
		}
	}
	var text strings.Builder
	p.write(&text)
	for _, want := range []string{"**Measured: 100 ms**", "| measured µs |", "| 2000 |"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, text.String())
		}
	}
	layers[1].Name = "other"
	save()
	if err := readProfile(file, programs); err == nil || !strings.Contains(err.Error(), "another plan") {
		t.Errorf("the times of another plan: %v", err)
	}
}

// What is wrong with compiled kernels is found.
func TestFaults(t *testing.T) {
	m := &cuda.Module{Launches: []cuda.Launch{
		{Entry: "good", Note: "mma 64x32", Block: 128}, {Entry: "good", Note: "mma 64x32", Block: 128},
		{Entry: "spills", Note: "map", Block: 128}, {Entry: "slow", Note: "wgmma 64x32", Block: 128},
		{Entry: "big", Note: "map", Block: 128, Shared: 300 << 10}, {Entry: "lost", Note: "map", Block: 32},
	}}
	p := &program{arch: cuda.SM90a, module: m, log: "vn.cu(1): warning #177-D: unused\nptxas info : (C7514) Potential Performance Loss: serialized\n",
		resources: map[string]*resources{
			"good": {registers: 255, hmma: 8}, "spills": {registers: 32, stack: 8}, "slow": {registers: 32, hmma: 1}, "big": {registers: 32},
		}}
	got := strings.Join(p.faults(), "\n")
	for _, want := range []string{"unused", "C7514", "spills (map) needs 8 bytes", "slow (wgmma 64x32) has no wgmma", "big (map) does not fit", "lost (map) is not in"} {
		if !strings.Contains(got, want) {
			t.Errorf("nothing says %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "good") {
		t.Errorf("a good kernel is blamed:\n%s", got)
	}
}
