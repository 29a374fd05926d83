package artifact

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever the pieces in which an entry is written, its hashes are those of the whole and of each 4 MiB.
func TestHashesOfParts(t *testing.T) {
	content := make([]byte, 2*partSize+1)
	for i := range content {
		content[i] = byte(i * i >> 7)
	}
	sum := func(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }
	for _, c := range []struct {
		size  int
		parts []string
	}{
		{0, nil}, {1, nil}, {partSize, nil},
		{partSize + 1, []string{sum(content[:partSize]), sum(content[partSize : partSize+1])}},
		{2 * partSize, []string{sum(content[:partSize]), sum(content[partSize : 2*partSize])}},
		{2*partSize + 1, []string{sum(content[:partSize]), sum(content[partSize : 2*partSize]), sum(content[2*partSize:])}},
	} {
		want := Entry{Name: "x", Size: int64(c.size), SHA256: sum(content[:c.size]), Parts: c.parts}
		for _, piece := range []int{1 << 20, 3_000_001, len(content)} {
			h := newHashing(io.Discard)
			for rest := content[:c.size]; len(rest) > 0; rest = rest[min(piece, len(rest)):] {
				h.Write(rest[:min(piece, len(rest))])
			}
			if diff := cmp.Diff(want, h.entry("x")); diff != "" {
				t.Errorf("%d bytes in pieces of %d (-want +got):\n%s", c.size, piece, diff)
			}
		}
		if err := want.verify(bytes.NewReader(content[:c.size])); err != nil {
			t.Errorf("%d bytes: %v", c.size, err)
		}
		if c.size == 0 {
			continue
		}
		if err := want.verify(bytes.NewReader(content[:c.size-1])); err == nil || !strings.Contains(err.Error(), "was changed") {
			t.Errorf("%d bytes without the last: %v", c.size, err)
		}
		for _, at := range []int{0, c.size / 2, c.size - 1} {
			content[at]++
			if err := want.verify(bytes.NewReader(content[:c.size])); err == nil || !strings.Contains(err.Error(), "entry x was changed") {
				t.Errorf("%d bytes, that at %d is another: %v", c.size, at, err)
			}
			content[at]--
		}
	}
}

type failingReader struct{}

func (failingReader) ReadAt([]byte, int64) (int, error) { return 0, errors.New("the disk is gone") }

func TestVerifyReadError(t *testing.T) {
	err := Entry{Name: "x", Size: 9}.verify(failingReader{})
	if err == nil || !strings.Contains(err.Error(), "entry x: the disk is gone") {
		t.Errorf("error %v", err)
	}
}

// packedFirst returns an archive with a source of the given name in front of the weights, as another tool might pack it.
func packedFirst(t *testing.T, name string) []byte {
	t.Helper()
	var weights bytes.Buffer
	w := exampleWeights()
	if err := WriteTensors(&weights, w.Tensors, w.Metadata); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := &archiveWriter{zip: zip.NewWriter(&b)}
	for _, e := range []struct {
		name    string
		content []byte
	}{{sourcePrefix + name, nil}, {weightsName, weights.Bytes()}} {
		// The writer pads what it stores so that it is aligned; here it must not.
		file, err := out.zip.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		h := newHashing(file)
		h.Write(e.content)
		out.entries = append(out.entries, h.entry(e.name))
	}
	text, err := encodeManifest(Manifest{Format: Format, Entries: out.entries})
	if err != nil {
		t.Fatal(err)
	}
	if err := out.add(manifestName, zip.Deflate, writeBytes(text)); err != nil {
		t.Fatal(err)
	}
	if err := out.zip.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// large returns an archive with weights of several parts.
func large(t *testing.T, value float32) []byte {
	t.Helper()
	values := make([]float32, (2*partSize+100)/4)
	values[len(values)-1] = value
	var b bytes.Buffer
	err := encode(&b, example(t), &Weights{Tensors: []Tensor{{"w", []int{len(values)}, Values(values)}}})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A changed byte in any part of large weights is found, as are lists of parts that do not fit.
func TestDamagedParts(t *testing.T) {
	whole := large(t, 1)
	a, err := parse(bytes.NewReader(whole), nil, int64(len(whole)), "a.vnc")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(a.Manifest.Entries[len(a.Manifest.Entries)-1].Parts); n != 3 {
		t.Errorf("the weights have %d parts", n)
	}
	const changed = "entry weights.safetensors was changed"
	for _, at := range []int{200, partSize, partSize + 200, 2*partSize + 200} {
		file := bytes.Clone(whole)
		file[at] ^= 1
		if _, err := parse(bytes.NewReader(file), nil, int64(len(file)), "a.vnc"); err == nil || !strings.Contains(err.Error(), changed) {
			t.Errorf("byte %d is another: %v", at, err)
		}
	}
	e := a.Manifest.Entries[len(a.Manifest.Entries)-1]
	for want, change := range map[string]func(*Entry){
		"hashes of 2 parts in the manifest, and its size makes 3": func(e *Entry) { e.Parts = e.Parts[:2] },
		"hashes of 4 parts in the manifest, and its size makes 3": func(e *Entry) { e.Parts = append(e.Parts[:3:3], "") },
		"hashes of 3 parts in the manifest, and its size makes 0": func(e *Entry) { e.Size = 5 },
	} {
		bad := e
		change(&bad)
		if err := bad.checkParts(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

// Artifacts from before there were parts have the hash of the whole alone, and are checked by it.
func TestArtifactsWithoutParts(t *testing.T) {
	bare := packed(t, func(_ map[string][]byte, m *Manifest) {
		for i := range m.Entries {
			m.Entries[i].Parts, m.Entries[i].Finite = nil, false
		}
	})
	a := openArtifact(t, bare)
	text, err := json.Marshal(a.Manifest.Entries)
	if err != nil || bytes.Contains(text, []byte("parts")) || bytes.Contains(text, []byte("finite")) {
		t.Fatalf("the entries are %s, %v", text, err)
	}
	if a.Weights.Finite {
		t.Error("the weights are said to be finite")
	}
	want := map[string][]float32{"left1.conv.weight": eighths(24), "bias": {0.25}}
	if diff := cmp.Diff(want, readAll(t, a.Weights)); diff != "" {
		t.Errorf("weights (-want +got):\n%s", diff)
	}
	content := make([]byte, partSize+9)
	h := newHashing(io.Discard)
	h.Write(content)
	e := h.entry("x")
	e.Parts = nil
	if err := e.verify(bytes.NewReader(content)); err != nil {
		t.Error(err)
	}
	content[partSize] = 1
	if err := e.verify(bytes.NewReader(content)); err == nil {
		t.Error("a changed byte is not found by the hash of the whole")
	}
}

// The manifest says that weights are finite only when they are.
func TestFiniteWeights(t *testing.T) {
	for value, want := range map[float32]bool{1: true, float32(math.Inf(1)): false, float32(math.NaN()): false} {
		content := large(t, value)
		a, err := parse(bytes.NewReader(content), nil, int64(len(content)), "a.vnc")
		if err != nil || a.Weights.Finite != want {
			t.Errorf("weights with a value %v: finite %v, %v", value, err == nil && a.Weights.Finite, err)
		}
	}
}

// An archive whose weights are said to go on behind its end is refused before anything is mapped or read.
func TestWeightsBehindTheEnd(t *testing.T) {
	whole := packed(t, func(map[string][]byte, *Manifest) {})
	archive, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.File {
		if file.Name != weightsName {
			continue
		}
		file.UncompressedSize64, file.CompressedSize64 = 1<<62, 1<<62
		_, err := openWeights(bytes.NewReader(whole), nil, int64(len(whole)), file, Entry{Name: weightsName, Size: 1 << 62}, "a.vnc")
		if want := fmt.Sprintf("and the file has %d: it is truncated", len(whole)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}
