package artifact

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"github.com/vnlang/vn/internal/atomicfile"
)

// alignment is the place of the weights in the file, in bytes: they start at a multiple of it, so that their values
// can be mapped into memory as they stand.
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
		err := out.add(weightsName, zip.Store, func(w io.Writer) error {
			return WriteTensors(w, weights.Tensors, weights.Metadata)
		})
		if err != nil {
			return err
		}
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
	tee := &hashing{file, sha256.New(), 0}
	if err := content(tee); err != nil {
		return fmt.Errorf("entry %s: %w", name, err)
	}
	out.entries = append(out.entries, Entry{name, tee.n, hex.EncodeToString(tee.hash.Sum(nil))})
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

// hashing passes bytes on, and hashes and counts them.
type hashing struct {
	w    io.Writer
	hash hash.Hash
	n    int64
}

func (h *hashing) Write(p []byte) (int, error) {
	n, err := h.w.Write(p)
	h.hash.Write(p[:n])
	h.n += int64(n)
	return n, err
}
