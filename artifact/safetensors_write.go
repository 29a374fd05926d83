package artifact

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Tensor is a float32 array to be written.
type Tensor struct {
	Name  string
	Shape []int                     // in memory order; empty for a scalar
	Fill  func(dst []float32) error // writes the values in memory order; called once for each time they are needed
}

// Values returns a function for Tensor.Fill that copies the given values.
func Values(values []float32) func(dst []float32) error {
	return func(dst []float32) error {
		if len(dst) != len(values) {
			return fmt.Errorf("there are %d values for a shape of %d elements", len(values), len(dst))
		}
		copy(dst, values)
		return nil
	}
}

// Tensors returns the tensors of a file as tensors to be written.
func (t *Tensors) Tensors() []Tensor {
	tensors := make([]Tensor, len(t.tensors))
	for i, info := range t.tensors {
		tensors[i] = Tensor{info.Name, info.Shape, func(dst []float32) error { return t.Read(info.Name, dst) }}
	}
	return tensors
}

// WriteTensors writes tensors as safetensors, F32, sorted by name, with the values at a multiple of 8 bytes, as the
// format's own library does. The same input gives the same bytes. One tensor at a time is held in memory.
func WriteTensors(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	return writeTensors(w, tensors, metadata, 8)
}

// writeTensors writes tensors with the values at a multiple of align bytes, itself a multiple of 8.
func writeTensors(w io.Writer, tensors []Tensor, metadata map[string]string, align int) error {
	ordered, err := sortTensors(tensors)
	if err != nil {
		return err
	}
	header, err := encodeHeader(ordered, metadata, align)
	if err != nil {
		return err
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(header))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	return writeValues(w, ordered)
}

// DigestTensors returns what Tensors.Digest returns for the file that WriteTensors makes of the tensors.
func DigestTensors(tensors []Tensor) (string, error) {
	ordered, err := sortTensors(tensors)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	if err := writeValues(hash, ordered); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func sortTensors(tensors []Tensor) ([]Tensor, error) {
	ordered := slices.SortedFunc(slices.Values(tensors), func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	for i, t := range ordered {
		if i > 0 && ordered[i-1].Name == t.Name {
			return nil, fmt.Errorf("two tensors have the name %q: rename one", t.Name)
		}
		if t.Name == "__metadata__" || !utf8.ValidString(t.Name) {
			return nil, fmt.Errorf("a tensor cannot have the name %q in a safetensors file", t.Name)
		}
	}
	return ordered, nil
}

func (t Tensor) elements() int { return TensorInfo{Shape: t.Shape}.Elements() }

// encodeHeader returns the JSON header, padded with spaces so that the values, which follow it and its length in 8
// bytes, start at a multiple of align.
func encodeHeader(ordered []Tensor, metadata map[string]string, align int) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	if len(metadata) > 0 {
		text, err := json.Marshal(metadata)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `"__metadata__":%s`, text)
	}
	at := 0
	for _, t := range ordered {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(t.Name)
		if err != nil {
			return nil, err
		}
		shape := strings.ReplaceAll(fmt.Sprint(t.Shape), " ", ",")
		fmt.Fprintf(&b, `%s:{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, name, shape, at, at+4*t.elements())
		at += 4 * t.elements()
	}
	b.WriteByte('}')
	for (8+b.Len())%align != 0 {
		b.WriteByte(' ')
	}
	return b.Bytes(), nil
}

func writeValues(w io.Writer, ordered []Tensor) error {
	var values []float32
	raw := make([]byte, 4*chunkElements)
	for _, t := range ordered {
		values = slices.Grow(values[:0], t.elements())[:t.elements()]
		if err := t.Fill(values); err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		for rest := values; len(rest) > 0; {
			part := rest[:min(chunkElements, len(rest))]
			for i, value := range part {
				binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(value))
			}
			if _, err := w.Write(raw[:4*len(part)]); err != nil {
				return err
			}
			rest = rest[len(part):]
		}
	}
	return nil
}
