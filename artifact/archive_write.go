package artifact

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/vnlang/vn/internal/atomicfile"
)

// alignment is the place of the weights in the file, in bytes: the entry and the values in it start at a multiple of it,
// a cache line, so that the values can be used as they stand when the file is mapped into memory.
const alignment = 64

// write writes the artifact and the weights, if any, to path.
func write(path string, a *Artifact, weights *Weights) error {
	if err := a.check(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return atomicfile.Write(path, func(w io.Writer) error { return encode(w, a, weights) })
}

// encode writes the archive: the weights first, where they are easily aligned, then sources and plans, and the manifest
// last, because it holds the hashes of the others. Times are left out, so that the same content gives the same bytes.
func encode(w io.Writer, a *Artifact, weights *Weights) error {
	out := &archiveWriter{zip: zip.NewWriter(w)}
	if weights != nil {
		tensors, finite := watchFinite(weights.Tensors)
		err := out.add(weightsName, zip.Store, func(w io.Writer) error {
			return writeTensors(w, tensors, weights.Metadata, alignment)
		})
		if err != nil {
			return err
		}
		out.entries[0].Finite = finite()
	}
	for _, name := range slices.Sorted(maps.Keys(a.Sources)) {
		if err := out.add(sourcePrefix+name, zip.Deflate, writeBytes([]byte(a.Sources[name]))); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Plans)) {
		if err := out.add(planPrefix+name+planSuffix, zip.Deflate, writeBytes(a.Plans[name])); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Kernels)) {
		if err := out.add(kernelPrefix+name, zip.Deflate, writeBytes(a.Kernels[name])); err != nil {
			return err
		}
	}
	manifest := a.Manifest
	manifest.Format = Format
	manifest.Entries = slices.SortedFunc(slices.Values(out.entries), func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
	text, err := encodeManifest(manifest)
	if err != nil {
		return err
	}
	if err := out.add(manifestName, zip.Deflate, writeBytes(text)); err != nil {
		return err
	}
	return out.zip.Close()
}

// watchFinite returns the tensors, and a function that reports whether all values that they gave were finite.
func watchFinite(tensors []Tensor) (watched []Tensor, finite func() bool) {
	all := true
	for _, t := range tensors {
		fill := t.Fill
		t.Fill = func(dst []float32) error {
			if err := fill(dst); err != nil {
				return err
			}
			_, ok := Finite(dst)
			all = all && ok
			return nil
		}
		watched = append(watched, t)
	}
	return watched, func() bool { return all }
}

func writeBytes(content []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader(content))
		return err
	}
}

// archiveWriter writes entries and keeps what the manifest says of them.
type archiveWriter struct {
	zip     *zip.Writer
	entries []Entry
}

// add writes one entry, deflated or, only as the first, stored and aligned.
func (out *archiveWriter) add(name string, method uint16, content func(io.Writer) error) error {
	header := &zip.FileHeader{Name: name, Method: method}
	if method == zip.Store {
		header.Extra = padding(localHeader + len(name))
	}
	file, err := out.zip.CreateHeader(header)
	if err != nil {
		return fmt.Errorf("entry %s: %w", name, err)
	}
	tee := newHashing(file)
	if err := content(tee); err != nil {
		return fmt.Errorf("entry %s: %w", name, err)
	}
	out.entries = append(out.entries, tee.entry(name))
	return nil
}

// localHeader is the length in bytes of an entry's header in front of its content, without name and extra fields
// (APPNOTE.TXT 4.3.7).
const localHeader = 30

// padding returns an extra field that brings the place at to a multiple of alignment. A field is its number and its
// length, two bytes each, and its content (APPNOTE.TXT 4.5); 0xD935 is the number that zipalign uses.
func padding(at int) []byte {
	const head = 4
	length := (alignment - (at+head)%alignment) % alignment
	field := binary.LittleEndian.AppendUint16(nil, 0xD935)
	field = binary.LittleEndian.AppendUint16(field, uint16(length))
	return append(field, make([]byte, length)...)
}
