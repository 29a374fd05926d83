package build

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// image returns the least that is a cubin: an ELF file with the table of its sections' names, and what follows that.
func image(more string) []byte {
	var b bytes.Buffer
	names := "\x00.shstrtab\x00"
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}, Type: uint16(elf.ET_EXEC), Machine: 190,
		Version: 124, Shoff: 64, Ehsize: 64, Shentsize: 64, Shnum: 2, Shstrndx: 1,
	}
	sections := []elf.Section64{{}, {Name: 1, Type: uint32(elf.SHT_STRTAB), Off: 64 + 2*64, Size: uint64(len(names))}}
	binary.Write(&b, binary.LittleEndian, header)
	binary.Write(&b, binary.LittleEndian, sections)
	return append(b.Bytes(), names+more...)
}

// printImage returns a command that prints an image.
func printImage(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(file, image(""), 0o666); err != nil {
		t.Fatal(err)
	}
	cat, err := exec.LookPath("cat")
	if err != nil {
		t.Fatal(err)
	}
	return cat + " " + file
}

// What was compiled once comes from the cache, by text and architecture.
func TestCompile(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls")
	useCompiler(t, fmt.Sprintf("echo call >> %s\necho a note >&2\n(%s; echo $1; cat) > $3\n", calls, printImage(t)))
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
		if want := image("-arch=" + string(c.arch) + "\n" + c.text); !bytes.Equal(cubin, want) || how != "fake 1.0" {
			t.Errorf("%d: the cubin is %q, by %s, want %q", i, cubin, how, want)
		}
		made, _ := os.ReadFile(calls)
		if n := bytes.Count(made, []byte("call")); n != c.runs {
			t.Errorf("%d: the compiler ran %d times, want %d", i, n, c.runs)
		}
	}
}

func TestErrors(t *testing.T) {
	useCompiler(t, "echo 'vn.cu(3): warning: an error is near' >&2; kill -TERM $$\n")
	if _, _, err := Compile("text", cuda.SM80, nil); err == nil || !strings.HasSuffix(err.Error(), "for sm_80: signal: terminated") {
		t.Errorf("of a compiler that was ended: %v", err)
	}
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
	ProvideParts("text", cuda.SM80, [][]byte{image("machine code")})
	if cubin, _, err := Compile("text", cuda.SM80, nil); err != nil || !bytes.Equal(cubin, image("machine code")) {
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
	useNVCC(t, printImage(t)+" >$3\necho \"$1 $4 $5 ${6##*/} $7\" >>$3\nread text <$6\necho \"$text\" >>$3\necho it is tired >&2\n")
	for arch, want := range map[cuda.Arch]string{
		cuda.SM80:  "-arch=sm_80 -cubin -std=c++17 vn.cu \nfor nvcc\n",
		cuda.SM90a: "-arch=sm_90a -cubin -std=c++17 vn.cu -DVN_SM90A\nfor nvcc\n",
	} {
		var log bytes.Buffer
		cubin, how, err := Compile("for nvcc", arch, &log)
		if err != nil || !bytes.Equal(cubin, image(want)) || !strings.HasPrefix(how, "nvcc cuda_12.4.r12.4/compiler.1 (/") || log.String() != "it is tired\n" {
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
	script := "#!/bin/sh\ncase \"$*\" in\n*sm_100*) echo 'it does not know sm_100' >&2; exit 3 ;;\n--version*) echo for $* ;;\n*) " + printImage(t) + " >$4; echo $* >>$4 ;;\nesac\n"
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
	if cubin, _, err := Compile("another text", cuda.SM80, nil); err != nil || !bytes.HasPrefix(cubin, image("-arch=sm_80 -driver=12.4 -o ")) {
		t.Errorf("it was told %q, %v", cubin, err)
	}
}

// What stands in the cache is taken only if it was kept under that name, and whole; else it is compiled again.
func TestDamagedCache(t *testing.T) {
	useCompiler(t, fmt.Sprintf("(%s; cat) > $3\n", printImage(t)))
	compile := func(text string) {
		t.Helper()
		if cubin, _, err := Compile(text, cuda.SM80, nil); err != nil || !bytes.Equal(cubin, image(text)) {
			t.Errorf("%s: %q, %v", text, cubin, err)
		}
	}
	compile("one")
	compile("two")
	entries, err := filepath.Glob(filepath.Join(Folder(), "*.cubin"))
	if err != nil || len(entries) != 2 {
		t.Fatalf("the cache holds %v, %v", entries, err)
	}
	first, _ := os.ReadFile(entries[0])
	second, _ := os.ReadFile(entries[1])
	flipped := bytes.Clone(first)
	flipped[len(flipped)-1] ^= 1
	for _, bad := range [][]byte{second, first[:len(first)-1], first[:10], flipped, {}} {
		if err := os.WriteFile(entries[0], bad, 0o666); err != nil {
			t.Fatal(err)
		}
		compile("one")
		compile("two")
	}
	if err := errors.Join(os.Remove(entries[0]), os.Mkdir(entries[0], 0o777)); err != nil {
		t.Fatal(err)
	}
	compile("one")
	compile("two")
}

// A compiler whose work is no cubin is told of, and nothing of it is kept.
func TestNoImage(t *testing.T) {
	for script, want := range map[string]string{
		"echo text > $3": "cannot be used: it is no cubin", ": > $3": "cannot be used: it is no cubin", ":": "it wrote no file", "mkdir $3": "it is no file",
		fmt.Sprintf("%s | head -c 200 > $3", printImage(t)): "",
	} {
		useCompiler(t, script+"\n")
		if _, _, err := Compile("text of no image", cuda.SM80, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q", script, err, want)
		}
		if entries, _ := filepath.Glob(filepath.Join(Folder(), "*")); len(entries) > 0 {
			t.Errorf("%s: the cache holds %v", script, entries)
		}
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
		want = append(want, image(fmt.Sprint("part ", i)))
	}
	if len(want) < 2 {
		t.Fatalf("%d parts, want several", len(want))
	}
	ProvideParts(m.Text, cuda.SM80, want[1:])                                                // of another text
	ProvideParts(m.Text, cuda.SM80, append(slices.Clone(want[:len(want)-1]), want[0][:100])) // damaged
	if _, _, err := CompileParts(m.Text, cuda.SM80, nil); !errors.Is(err, ErrNoCompiler) {
		t.Errorf("what is not of the text, or damaged, is taken: %v", err)
	}
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
