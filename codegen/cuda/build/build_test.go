package build

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// useCompiler makes a shell script the compiler, with a cache of its own. It gets -arch=NAME -o FILE.
func useCompiler(t *testing.T, script string) {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "compiler")
	if err := os.WriteFile(file, []byte("#!/bin/sh\nif [ \"$1\" = --version ]; then echo fake 1.0; exit; fi\n"+script), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VN_NVRTC_COMMAND", file)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(folder, "cache"))
}

// What was compiled once comes from the cache, by text and architecture.
func TestCompile(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls")
	useCompiler(t, fmt.Sprintf("echo call >> %s\necho a note >&2\n(echo $1; cat) > $3\n", calls))
	for i, c := range []struct {
		text string
		arch cuda.Arch
		runs int
	}{{"one", cuda.SM80, 1}, {"one", cuda.SM80, 1}, {"two", cuda.SM80, 2}, {"one", cuda.SM90a, 3}, {"two", cuda.SM80, 3}} {
		var log bytes.Buffer
		cubin, how, err := Compile(c.text, c.arch, &log)
		if err != nil {
			t.Fatal(err)
		}
		if want := "-arch=" + string(c.arch) + "\n" + c.text; string(cubin) != want || how != "fake 1.0" {
			t.Errorf("%d: the cubin is %q, by %s, want %q", i, cubin, how, want)
		}
		made, _ := os.ReadFile(calls)
		if n := bytes.Count(made, []byte("call")); n != c.runs {
			t.Errorf("%d: the compiler ran %d times, want %d", i, n, c.runs)
		}
	}
}

func TestErrors(t *testing.T) {
	useCompiler(t, "echo 'vn.cu(3): error: no such thing' >&2; exit 1\n")
	var log bytes.Buffer
	_, _, err := Compile("text", cuda.SM80, &log)
	if err == nil || !strings.Contains(err.Error(), "for sm_80: vn.cu(3): error: no such thing") || !strings.Contains(log.String(), "no such thing") {
		t.Errorf("the error is %v, the log %q", err, log.String())
	}
	t.Setenv("VN_NVRTC_COMMAND", filepath.Join(t.TempDir(), "absent"))
	if _, _, err = Compile("text", cuda.SM80, nil); !errors.Is(err, ErrNoCompiler) || !strings.Contains(err.Error(), "absent does not work") {
		t.Errorf("without a compiler: %v", err)
	}
	if _, err := Compiler(""); !errors.Is(err, ErrNoCompiler) {
		t.Errorf("without a compiler: %v", err)
	}
	Provide("text", cuda.SM80, []byte("machine code"))
	if cubin, _, err := Compile("text", cuda.SM80, nil); err != nil || string(cubin) != "machine code" {
		t.Errorf("what was provided is %q, %v", cubin, err)
	}
}

// useNVCC makes a shell script nvcc, the only compiler that there is, with a cache of its own. It gets
// -arch=NAME -o FILE -cubin -std=c++17 FILE.
func useNVCC(t *testing.T, script string) {
	t.Helper()
	folder := t.TempDir()
	const version = "#!/bin/sh\nif [ \"$1\" = --version ]; then printf 'nvcc: NVIDIA\\nBuild cuda_12.4.r12.4/compiler.1\\n'; exit; fi\n"
	if err := os.WriteFile(filepath.Join(folder, "nvcc"), []byte(version+script), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VN_NVRTC_COMMAND", "")
	t.Setenv("PATH", folder)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(folder, "cache"))
}

// Without vnc-nvrtc, nvcc of PATH compiles: a file, with the macro that lets kernels for Hopper be.
func TestNVCC(t *testing.T) {
	t.Cleanup(func() { driver = atomic.Value{} })
	useNVCC(t, "echo \"$1 $4 $5 ${6##*/} $7\" >$3\nread text <$6\necho \"$text\" >>$3\necho it is tired >&2\n")
	for arch, want := range map[cuda.Arch]string{
		cuda.SM80:  "-arch=sm_80 -cubin -std=c++17 vn.cu \nfor nvcc\n",
		cuda.SM90a: "-arch=sm_90a -cubin -std=c++17 vn.cu -DVN_SM90A\nfor nvcc\n",
	} {
		var log bytes.Buffer
		cubin, how, err := Compile("for nvcc", arch, &log)
		if err != nil || string(cubin) != want || !strings.HasPrefix(how, "nvcc cuda_12.4.r12.4/compiler.1 (/") || log.String() != "it is tired\n" {
			t.Errorf("%s: %q by %s, %v; it says %q", arch, cubin, how, err, log.String())
		}
	}
	SetDriver("12.0")
	if _, err := Compiler(cuda.SM80); err != nil {
		t.Errorf("with a driver of the same major version: %v", err)
	}
	SetDriver("11.8")
	if _, err := Compiler(cuda.SM80); !errors.Is(err, ErrNoCompiler) || !strings.Contains(err.Error(), "nvcc is of CUDA 12, and the driver goes up to 11.8") {
		t.Errorf("with an older driver: %v", err)
	}
	useNVCC(t, "echo 'vn.cu(1): error: no' >&2; exit 2\n")
	SetDriver("12.4")
	if _, _, err := Compile("for nvcc", cuda.SM80, nil); err == nil || !strings.Contains(err.Error(), "nvcc cannot compile the kernels for sm_80: vn.cu(1): error: no") {
		t.Errorf("of a text that is wrong: %v", err)
	}
}

// A compiler is asked for what it will have to compile for, and for which driver, each anew.
func TestCompiler(t *testing.T) {
	t.Cleanup(func() { driver = atomic.Value{} })
	folder := t.TempDir()
	t.Setenv("VN_NVRTC_COMMAND", filepath.Join(folder, "compiler"))
	t.Setenv("XDG_CACHE_HOME", folder)
	script := "#!/bin/sh\ncase \"$*\" in\n*sm_100*) echo 'it does not know sm_100' >&2; exit 3 ;;\n--version*) echo for $* ;;\n*) echo $* >$4 ;;\nesac\n"
	if err := os.WriteFile(os.Getenv("VN_NVRTC_COMMAND"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ driver, arch, want string }{
		{"", "", "for --version"},
		{"", "sm_80", "for --version -arch=sm_80"},
		{"", "sm_100", "does not work: it does not know sm_100"},
		{"12.4", "sm_80", "for --version -arch=sm_80 -driver=12.4"},
		{"12.4", "", "for --version -driver=12.4"},
	} {
		if c.driver != "" {
			SetDriver(c.driver)
		}
		got, err := Compiler(cuda.Arch(c.arch))
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, c.want) {
			t.Errorf("%q, %q: %s, want %s", c.driver, c.arch, got, c.want)
		}
	}
	if cubin, _, err := Compile("another text", cuda.SM80, nil); err != nil || !strings.HasPrefix(string(cubin), "-arch=sm_80 -driver=12.4 -o ") {
		t.Errorf("it was told %q, %v", cubin, err)
	}
}

// The cache forgets what was used least recently.
func TestShrink(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"c.cubin", "a.cubin", "b.cubin", "other"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, make([]byte, 100), 0o666); err != nil {
			t.Fatal(err)
		}
		used := time.Now().Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(file, used, used); err != nil {
			t.Fatal(err)
		}
	}
	shrink(dir, 200)
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 3 || filepath.Base(left[0]) != "a.cubin" || filepath.Base(left[1]) != "b.cubin" {
		t.Errorf("left are %v, %v", left, err)
	}
}

// The parts of a text are taken as provided, in order, and compiled at once where they are not.
func TestParts(t *testing.T) {
	t.Setenv("VN_NVRTC_COMMAND", "/no/such/command")
	p, err := plan.Build(mapped(t))
	if err != nil {
		t.Fatal(err)
	}
	m, err := cuda.Emit(p, cuda.Options{Precision: cuda.FP32, Arch: cuda.SM80})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := CompileParts(m.Text, cuda.SM80, nil); !errors.Is(err, ErrNoCompiler) {
		t.Errorf("without a compiler: %v", err)
	}
	var want [][]byte
	for i := range cuda.Parts(m.Text) {
		want = append(want, []byte{'c', byte('0' + i)})
	}
	if len(want) < 2 {
		t.Fatalf("%d parts, want several", len(want))
	}
	ProvideParts(m.Text, cuda.SM80, want[1:]) // of another text
	ProvideParts(m.Text, cuda.SM80, want)
	got, how, err := CompileParts(m.Text, cuda.SM80, nil)
	if diff := cmp.Diff(want, got); err != nil || how != "provided" || diff != "" {
		t.Errorf("%s, %v: -want +got:\n%s", how, err, diff)
	}
}

// mapped returns a graph of so many different kernels that their text has parts.
func mapped(t *testing.T) *ir.Graph {
	t.Helper()
	b := ir.NewBuilder(&ir.Graph{Name: "many", Mode: ir.Inference, Batch: 1})
	for i := range 200 {
		v := b.Add(op.Input{Name: fmt.Sprint("x", i), Axes: []ir.Axis{{Name: "x", Size: 2 + i}}})
		for range 20 {
			v = b.Add(op.Exp{}, v)
		}
		b.Graph.Outputs = append(b.Graph.Outputs, ir.Output{Name: fmt.Sprint("y", i), Value: v})
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return b.Graph
}
