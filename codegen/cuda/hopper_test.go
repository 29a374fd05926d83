package cuda_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/workbench"
)

// TestHopperDump writes V-Net's kernels to the folder that VN_DUMP names.
func TestHopperDump(t *testing.T) {
	dir := os.Getenv("VN_DUMP")
	if dir == "" {
		t.Skip("VN_DUMP is not set")
	}
	m, err := workbench.Load("../../models/vnet.vn", workbench.Options{Training: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*plan.Plan{"inference": m.Inference, "training": m.Training} {
		module, err := cuda.Emit(p, cuda.Options{Precision: cuda.BF16, Arch: cuda.SM90a})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/"+name+".cu", []byte(module.Text), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, l := range module.Launches {
			if strings.HasPrefix(l.Note, "wgmma") || strings.HasPrefix(l.Note, "mma") {
				t.Log(name, l.Entry, l.Note, l.Grid, l.Shared, l.FLOPs/1e6)
			}
		}
	}
}
