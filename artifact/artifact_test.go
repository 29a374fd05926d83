package artifact

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func example(t testing.TB) *Artifact {
	t.Helper()
	a := &Artifact{
		Manifest: Manifest{Model: "VNet"},
		Sources:  map[string]string{"models/vnet.vn": "model VNet() {}\n", "stdlib/loss.vn": "block dice(p, g) {}\n"},
		Plans:    map[string][]byte{"inference": []byte("{}"), "training": bytes.Repeat([]byte("{} "), 10_000)},
	}
	if err := a.Manifest.Set("data", map[string]any{"size": []int{128, 128, 64}, "image": "*<1>.mhd"}); err != nil {
		t.Fatal(err)
	}
	return a
}

func exampleWeights() Weights {
	return Weights{
		Tensors:  []Tensor{{"left1.conv.weight", []int{2, 3, 4}, Values(eighths(24))}, {"bias", []int{1}, Values([]float32{0.25})}},
		Metadata: map[string]string{"step": "500"},
	}
}

func writeExample(t *testing.T, path string) {
	t.Helper()
	if err := WriteWeights(path, example(t), exampleWeights()); err != nil {
		t.Fatal(err)
	}
}

func readFileBytes(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vnet.vnc")
	if err := Write(path, example(t)); err != nil {
		t.Fatal(err)
	}
	bare, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	want := example(t)
	if diff := cmp.Diff(want.Sources, bare.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Plans, bare.Plans); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
	if bare.Weights != nil || bare.Manifest.Model != "VNet" || bare.Manifest.Format != Format || len(bare.Manifest.Entries) != 4 {
		t.Errorf("weights %v, manifest %+v", bare.Weights, bare.Manifest)
	}
	var data struct {
		Size  [3]int
		Image string
	}
	if found, err := bare.Manifest.Setting("data", &data); !found || err != nil || data.Size != [3]int{128, 128, 64} || data.Image != "*<1>.mhd" {
		t.Errorf("setting data: %v, %v, %+v", found, err, data)
	}
	if found, err := bare.Manifest.Setting("train", &data); found || err != nil {
		t.Errorf("setting train: %v, %v", found, err)
	}

	// The weights are added in place, and nothing else changes.
	if err := WriteWeights(path, bare, exampleWeights()); err != nil {
		t.Fatal(err)
	}
	trained, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer trained.Close()
	if diff := cmp.Diff(bare.Plans, trained.Plans); diff != "" {
		t.Errorf("plans after the weights were written (-want +got):\n%s", diff)
	}
	weights := map[string][]float32{"left1.conv.weight": eighths(24), "bias": {0.25}}
	if diff := cmp.Diff(weights, readAll(t, trained.Weights)); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	if trained.Weights.Metadata["step"] != "500" {
		t.Errorf("metadata of the weights: %v", trained.Weights.Metadata)
	}
}

func TestSameBytes(t *testing.T) {
	directory := t.TempDir()
	first, second, third := filepath.Join(directory, "1.vnc"), filepath.Join(directory, "2.vnc"), filepath.Join(directory, "3.vnc")
	writeExample(t, first)
	writeExample(t, second)
	if !bytes.Equal(readFileBytes(t, first), readFileBytes(t, second)) {
		t.Error("the same content gave other bytes")
	}
	a, err := Open(first)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := Write(third, a); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(readFileBytes(t, first), readFileBytes(t, third)) {
		t.Error("an artifact that was read and written has other bytes")
	}
}

// TestWeightsCanBeMapped looks for the values where they should be: uncompressed and aligned.
func TestWeightsCanBeMapped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vnet.vnc")
	writeExample(t, path)
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	var names []string
	for _, file := range archive.File {
		names = append(names, file.Name)
		if file.Name != weightsName {
			continue
		}
		offset, err := file.DataOffset()
		if err != nil || offset%alignment != 0 {
			t.Errorf("the weights start at byte %d, %v", offset, err)
		}
		var want bytes.Buffer
		if err := writeTensors(&want, exampleWeights().Tensors, exampleWeights().Metadata, alignment); err != nil {
			t.Fatal(err)
		}
		if got := readFileBytes(t, path)[offset:][:want.Len()]; !bytes.Equal(got, want.Bytes()) {
			t.Error("the weights do not stand uncompressed in the file")
		}
	}
	order := []string{weightsName, "sources/models/vnet.vn", "sources/stdlib/loss.vn", "plans/inference.json", "plans/training.json", manifestName}
	if diff := cmp.Diff(order, names); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// packed returns an archive of the given entries, after change has had its way with them.
func packed(t *testing.T, change func(entries map[string][]byte, manifest *Manifest)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := exampleWeights()
	if err := encode(&b, example(t), &w); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string][]byte{}
	for _, file := range archive.File {
		reader, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if entries[file.Name], err = io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
	}
	var manifest Manifest
	if err := json.Unmarshal(entries[manifestName], &manifest); err != nil {
		t.Fatal(err)
	}
	before, _ := encodeManifest(manifest)
	change(entries, &manifest)
	if after, _ := encodeManifest(manifest); !bytes.Equal(before, after) {
		entries[manifestName] = after
	}
	var out bytes.Buffer
	packer := zip.NewWriter(&out)
	for name, content := range entries {
		method := zip.Store
		if strings.HasPrefix(name, "+") {
			name, method = name[1:], zip.Deflate
		}
		file, err := packer.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		file.Write(content)
	}
	if err := packer.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDamaged(t *testing.T) {
	pack := func(change func(map[string][]byte, *Manifest)) []byte { return packed(t, change) }
	whole := pack(func(map[string][]byte, *Manifest) {})
	if _, err := parse(bytes.NewReader(whole), nil, int64(len(whole)), "a.vnc"); err != nil {
		t.Fatal("the unchanged archive:", err)
	}
	const source = "sources/models/vnet.vn"
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "not a .vnc file"},
		{"text", []byte("model VNet() {}"), "make one with 'vnc compile"},
		{"truncated", whole[:len(whole)-30], "truncated or damaged"},
		{"half", whole[:len(whole)/2], "truncated or damaged"},
		{"no manifest", pack(func(e map[string][]byte, _ *Manifest) { delete(e, manifestName) }), "has no manifest.json"},
		{"bad manifest", pack(func(e map[string][]byte, _ *Manifest) { e[manifestName] = []byte("{") }), "entry manifest.json: unexpected end of JSON"},
		{"newer", pack(func(_ map[string][]byte, m *Manifest) { m.Format = 2 }), "format version 2, and this vnc reads version 1"},
		{"changed source", pack(func(e map[string][]byte, _ *Manifest) { e[source][0] = 'M' }), "entry " + source + " was changed"},
		{"longer plan", pack(func(e map[string][]byte, _ *Manifest) { e["plans/training.json"] = []byte("{}") }), "entry plans/training.json was changed"},
		{"changed weights", pack(func(e map[string][]byte, _ *Manifest) { e[weightsName][len(e[weightsName])-1]++ }), "entry weights.safetensors was changed"},
		{"cut weights", pack(func(e map[string][]byte, _ *Manifest) { e[weightsName] = e[weightsName][:9] }), "entry weights.safetensors was changed"},
		{"packed weights", pack(func(e map[string][]byte, _ *Manifest) {
			e["+"+weightsName] = e[weightsName]
			delete(e, weightsName)
		}), "weights.safetensors is compressed"},
		{"missing", pack(func(e map[string][]byte, _ *Manifest) { delete(e, source) }), "entry " + source + " is missing"},
		{"added", pack(func(e map[string][]byte, _ *Manifest) { e["virus.exe"] = nil }), "entry virus.exe was added"},
		{"twice in the archive", pack(func(e map[string][]byte, _ *Manifest) { e["+"+source] = e[source] }), "stands in the archive twice"},
		{"twice in the manifest", pack(func(_ map[string][]byte, m *Manifest) { m.Entries = append(m.Entries, m.Entries[0]) }), "stands in the manifest twice"},
		{"path", pack(func(e map[string][]byte, m *Manifest) {
			e["sources/../x"] = nil
			m.Entries = append(m.Entries, Entry{Name: "sources/../x"})
		}), `an entry "sources/../x", which no artifact has`},
		{"negative size", pack(func(_ map[string][]byte, m *Manifest) { m.Entries[0].Size = -1 }), "has size -1"},
		{"too much", pack(func(e map[string][]byte, m *Manifest) {
			e["plans/bomb.json"] = nil
			m.Entries = append(m.Entries, Entry{Name: "plans/bomb.json", Size: maxText + 1})
		}), "hold more than 256 MiB"},
		{"bomb", pack(func(e map[string][]byte, _ *Manifest) {
			e["+"+manifestName] = append(e[manifestName], make([]byte, maxManifest)...)
			delete(e, manifestName)
		}), "and at most 16777216 are read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse(bytes.NewReader(c.file), nil, int64(len(c.file)), "a.vnc")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v does not say %q", err, c.want)
			}
		})
	}
}

func TestOpenErrors(t *testing.T) {
	directory := t.TempDir()
	if _, err := Open(filepath.Join(directory, "absent.vnc")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Nothing is opened that is no regular file: opening a pipe would wait for somebody to write.
func TestOpenNoFile(t *testing.T) {
	directory := t.TempDir()
	for name, open := range map[string]func(path string) error{
		"Open":        func(path string) error { _, err := Open(path); return err },
		"OpenTensors": func(path string) error { _, err := OpenTensors(path); return err },
		"ReadNPY":     func(path string) error { _, err := ReadNPY(path); return err },
	} {
		if err := open(directory); err == nil || !strings.Contains(err.Error(), "open "+directory+": this is no regular file") {
			t.Errorf("%s of a directory: %v", name, err)
		}
	}
}

func TestFullDiskLeavesTheOldArtifact(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vnet.vnc")
	writeExample(t, path)
	before := readFileBytes(t, path)
	full := Weights{Tensors: []Tensor{{"a", []int{1 << 16}, Values(make([]float32, 1<<16))}, {"b", []int{1}, func([]float32) error { return syscall.ENOSPC }}}}
	err := WriteWeights(path, example(t), full)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("error %v", err)
	}
	if !bytes.Equal(before, readFileBytes(t, path)) {
		t.Error("the old artifact was changed")
	}
}

func TestWriteRefusesNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.vnc")
	for _, a := range []*Artifact{
		{Sources: map[string]string{"../x.vn": ""}},
		{Sources: map[string]string{`a\b.vn`: ""}},
		{Sources: map[string]string{"/x.vn": ""}},
		{Plans: map[string][]byte{"a/b": nil}},
		{Plans: map[string][]byte{"": nil}},
	} {
		if err := Write(path, a); err == nil || !strings.Contains(err.Error(), "cannot have the name") {
			t.Errorf("%+v: error %v", a, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	var b bytes.Buffer
	w := exampleWeights()
	a := example(f)
	a.Plans["training"] = nil
	if err := encode(&b, a, &w); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		a, err := parse(bytes.NewReader(file), nil, int64(len(file)), "fuzz.vnc")
		if err != nil {
			return
		}
		// What passes the checks can be written again.
		var weights *Weights
		if a.Weights != nil {
			weights = &Weights{a.Weights.Tensors(), nil}
		}
		if err := a.check(); err != nil {
			t.Fatal(err)
		}
		if err := encode(io.Discard, a, weights); err != nil {
			t.Fatal(err)
		}
	})
}
