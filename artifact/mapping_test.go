package artifact

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// mapsFiles says that this system maps files.
var mapsFiles = runtime.GOOS == "linux" || runtime.GOOS == "darwin" || strings.HasSuffix(runtime.GOOS, "bsd")

// mappedAll returns copies of the mapped values by name, without those that are not mapped.
func mappedAll(tensors *Tensors) map[string][]float32 {
	all := map[string][]float32{}
	for _, info := range tensors.Infos() {
		if values := tensors.Mapped(info.Name); values != nil {
			all[info.Name] = append([]float32(nil), values...)
		}
	}
	return all
}

func openFile(t *testing.T, path string) *TensorFile {
	t.Helper()
	file, err := OpenTensors(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func openArtifact(t *testing.T, content []byte) *Artifact {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.vnc")
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// Mapped values are those that Read gives, and begin on a cache line in an artifact of ours.
func TestMapped(t *testing.T) {
	if !mapsFiles {
		t.Skip("this system does not map files")
	}
	path := filepath.Join(t.TempDir(), "vnet.vnc")
	writeExample(t, path)
	a := openArtifact(t, readFileBytes(t, path))
	want := readAll(t, a.Weights)
	if diff := cmp.Diff(want, mappedAll(a.Weights)); diff != "" {
		t.Errorf("an artifact (-read +mapped):\n%s", diff)
	}
	if at := uintptr(unsafe.Pointer(&a.Weights.Mapped("bias")[0])) % alignment; at != 0 {
		t.Errorf("the first tensor begins at byte %d of a cache line", at)
	}
	if a.Weights.Mapped("absent") != nil {
		t.Error("a tensor that is not there is mapped")
	}

	file := openFile(t, "testdata/f32.safetensors")
	read := readAll(t, file.Tensors)
	for name, values := range read {
		if len(values) == 0 {
			delete(read, name) // there is nothing to map
		}
	}
	if diff := cmp.Diff(read, mappedAll(file.Tensors)); diff != "" {
		t.Errorf("a safetensors file (-read +mapped):\n%s", diff)
	}
	if mixed := openFile(t, "testdata/mixed.safetensors"); len(mappedAll(mixed.Tensors)) > 0 {
		t.Error("values that are not F32 are mapped")
	}
}

// Writing to mapped values is seen in the process and leaves the file as it was.
func TestMappedIsPrivate(t *testing.T) {
	if !mapsFiles {
		t.Skip("this system does not map files")
	}
	path := filepath.Join(t.TempDir(), "vnet.vnc")
	writeExample(t, path)
	before := readFileBytes(t, path)
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	a.Weights.Mapped("bias")[0] = 7
	if got := a.Weights.Mapped("bias")[0]; got != 7 {
		t.Errorf("the value that was set to 7 is %v", got)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, readFileBytes(t, path)) {
		t.Error("the file was written to")
	}
}

// Close takes the memory back, so that nothing of the file is left in the process.
func TestCloseUnmaps(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what is mapped is looked up in /proc")
	}
	path := filepath.Join(t.TempDir(), "vnet.vnc")
	writeExample(t, path)
	mapped := func() bool { return bytes.Contains(readFileBytes(t, "/proc/self/maps"), []byte(path)) }
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if !mapped() {
		t.Error("an open artifact is not mapped")
	}
	if err := a.Close(); err != nil || mapped() {
		t.Errorf("a closed artifact is mapped, %v", err)
	}
	if err := a.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
	if err := os.WriteFile(path, []byte("PK\x03\x04 and no more"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || mapped() {
		t.Errorf("an artifact that could not be opened is mapped, %v", err)
	}
}

// An archive that another tool packed again has its weights anywhere: those that stand at no multiple of 4 bytes are
// read, and give the same values.
func TestMappedWhereverItStands(t *testing.T) {
	if !mapsFiles {
		t.Skip("this system does not map files")
	}
	seen := map[bool]bool{}
	for shift := range 8 { // the name of a source in front of the weights moves them
		content := packedFirst(t, strings.Repeat("x", shift+1))
		a := openArtifact(t, content)
		want := map[string][]float32{"left1.conv.weight": eighths(24), "bias": {0.25}}
		if diff := cmp.Diff(want, readAll(t, a.Weights)); diff != "" {
			t.Errorf("shift %d (-want +got):\n%s", shift, diff)
		}
		got := mappedAll(a.Weights)
		seen[len(got) > 0] = true
		if len(got) == 0 {
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("shift %d, mapped (-want +got):\n%s", shift, diff)
		}
	}
	if !seen[true] || !seen[false] {
		t.Errorf("no case of both kinds: %v", seen)
	}
}

// A file that is cut off while it is open gives an error when it is read, and its header is checked before it is mapped.
func TestCutWhileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vnet.vnc")
	writeExample(t, path)
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := os.Truncate(path, 8); err != nil {
		t.Fatal(err)
	}
	if err := a.Weights.Read("bias", make([]float32, 1)); err == nil || !strings.Contains(err.Error(), "EOF") {
		t.Errorf("reading a file that was cut off: %v", err)
	}
}

func TestFinite(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		values []float32
		place  int
		ok     bool
	}{
		{nil, 0, true},
		{[]float32{0, float32(math.Copysign(0, -1)), math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, -1e-40}, 0, true},
		{[]float32{1, inf, nan}, 1, false},
		{[]float32{1, 2, -inf}, 2, false},
		{[]float32{-nan, 1}, 0, false},
		{[]float32{1, math.Float32frombits(0xff800001)}, 1, false},
	} {
		if place, ok := Finite(c.values); place != c.place || ok != c.ok {
			t.Errorf("%v: %d, %v, want %d, %v", c.values, place, ok, c.place, c.ok)
		}
	}
}
