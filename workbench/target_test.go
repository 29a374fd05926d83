package workbench

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/vnlang/vn/codegen/cuda"
)

func TestParseTarget(t *testing.T) {
	for text, want := range map[string][]cuda.Arch{
		"cuda":                            {"sm_80", "sm_90a"},
		"cuda:sm_120":                     {"sm_120"},
		"cuda:sm_90,sm_80,sm_90,sm_90a":   {"sm_90", "sm_80", "sm_90a"},
		"cuda:sm_70":                      nil,
		"cuda:sm_86":                      nil,
		"cuda:sm_120a":                    nil,
		"cuda:":                           nil,
		"cuda:sm_80, sm_90a":              nil,
		"rocm":                            nil,
		"cuda:../../sm_80":                nil,
		"cuda:sm_80\nsm_90a":              nil,
		"cuda:" + strings.Repeat("s", 99): nil,
	} {
		target, err := ParseTarget(text, "bf16")
		if want == nil && err == nil || want != nil && (err != nil || !slices.Equal(target.Archs, want)) {
			t.Errorf("%q: %v, %v", text, target.Archs, err)
		}
	}
	if _, err := ParseTarget("cuda", "int8"); err == nil {
		t.Error("there is a precision int8")
	}
}

// What runs on GPUs after Hopper, and on Hopper for comparison, is written for Ampere.
func TestWritten(t *testing.T) {
	t.Setenv("VN_NVRTC_COMMAND", "/no/such/command")
	m := load(t, write(t, "net.vn", small), Options{})
	target, err := ParseTarget("cuda:sm_80,sm_90,sm_90a,sm_120", "bf16")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.BuildKernels(target, io.Discard); err == nil {
		t.Fatal("without a compiler: no error")
	}
	text := func(arch string) string { return string(m.Kernels["inference.bf16."+arch+".cu"]) }
	if text("sm_80") == "" || text("sm_120") != text("sm_80") || text("sm_90") != text("sm_80") || text("sm_90a") == text("sm_80") {
		t.Errorf("kernels of %d, %d, %d and %d bytes", len(text("sm_80")), len(text("sm_90")), len(text("sm_90a")), len(text("sm_120")))
	}
}
