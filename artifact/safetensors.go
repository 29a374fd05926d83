package artifact

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxHeader bounds the JSON header of a safetensors file in bytes. The format allows 100 MB; a tensor takes about a
// hundred bytes of it, so that this is room for a hundred thousand.
const maxHeader = 16 << 20

// Tensors is an open safetensors file: named arrays whose values are read one tensor at a time. The format is that of
// https://github.com/huggingface/safetensors: the header's length in 8 bytes, a JSON object that gives each tensor's
// dtype, shape and place, and the values, little-endian, the last axis fastest.
type Tensors struct {
	// Metadata is the header's __metadata__; never nil.
	Metadata map[string]string
	// Finite says that all values are known to be finite numbers: the manifest of the artifact that they stand in says
	// so, and they are those that it was made for. False where it is not known.
	Finite bool

	file    string // for messages
	reader  io.ReaderAt
	memory  []byte // what reader reads, where it is mapped
	start   int64  // of the values in reader
	end     int64
	tensors []TensorInfo // by name
}

// TensorInfo describes a tensor in a file.
type TensorInfo struct {
	Name  string
	DType string // as safetensors writes it: F32, F16, BF16, F64, I64, ...
	Shape []int  // in memory order; empty for a scalar

	begin, end int64 // bytes from Tensors.start
}

// Elements returns the number of elements.
func (t TensorInfo) Elements() int {
	n := 1
	for _, size := range t.Shape {
		n *= size
	}
	return n
}

// OpenTensors opens the safetensors file at path. The file stays open until Close.
func OpenTensors(path string) (*TensorFile, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, fmt.Errorf("open weights: %w", err)
	}
	mapped := newMapping(file, size)
	tensors, err := ParseTensors(mapped, size, path)
	if err != nil {
		mapped.Close()
		return nil, err
	}
	tensors.memory = mapped.memory
	return &TensorFile{tensors, mapped}, nil
}

// TensorFile is a safetensors file on disk.
type TensorFile struct {
	*Tensors
	file *mapping
}

// Unchanged reports an error when the file was written since it was opened, so that values that were mapped may have
// changed under their user.
func (f *TensorFile) Unchanged() error { return f.file.unchanged() }

// Close closes the file, and takes back what Mapped gave of it.
func (f *TensorFile) Close() error { return f.file.Close() }

// ParseTensors reads the header of safetensors content of the given size in bytes, and checks it: every tensor lies
// inside the content, has the length that its dtype and shape say, and the tensors fill the content without overlaps
// or gaps, as the format demands. Name is the file's name in errors.
func ParseTensors(r io.ReaderAt, size int64, name string) (*Tensors, error) {
	t := &Tensors{Metadata: map[string]string{}, file: name, reader: r, end: size}
	if err := t.readHeader(); err != nil {
		return nil, fmt.Errorf("read %s: not a valid safetensors file: %w; write it again, or fetch a fresh copy", name, err)
	}
	return t, nil
}

func (t *Tensors) readHeader() error {
	var length [8]byte
	if err := readFullAt(t.reader, length[:], 0); err != nil {
		return fmt.Errorf("it is shorter than the 8 bytes of the header's length")
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > uint64(max(t.end-8, 0)) {
		return fmt.Errorf("its header should have %d bytes, and the file has %d in all", n, t.end)
	}
	if n > maxHeader {
		return fmt.Errorf("its header has %d bytes, and at most %d are read", n, maxHeader)
	}
	header := make([]byte, n)
	if err := readFullAt(t.reader, header, 8); err != nil {
		return fmt.Errorf("its header: %w", err)
	}
	t.start = 8 + int64(n)
	if !utf8.Valid(header) || !bytes.HasPrefix(header, []byte("{")) {
		return errors.New("its header is not JSON")
	}
	if err := t.parseHeader(header); err != nil {
		return err
	}
	return t.checkPlaces()
}

// parseHeader fills Metadata and tensors. It goes through the object by tokens, because a map would hide a name that
// stands in it twice.
func (t *Tensors) parseHeader(header []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(header))
	decoder.Token() // the opening brace, which readHeader has seen
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return fmt.Errorf("its header: %w", err)
		}
		name, _ := token.(string)
		if seen[name] {
			return fmt.Errorf("tensor %q stands in the header twice", name)
		}
		seen[name] = true
		if name == "__metadata__" {
			if err := decoder.Decode(&t.Metadata); err != nil {
				return fmt.Errorf("its __metadata__: %w", err)
			}
			if t.Metadata == nil {
				t.Metadata = map[string]string{}
			}
			continue
		}
		info, err := parseTensor(decoder)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		info.Name = name
		t.tensors = append(t.tensors, info)
	}
	if _, err := decoder.Token(); err != nil {
		return fmt.Errorf("its header: %w", err)
	}
	if rest := header[decoder.InputOffset():]; len(bytes.TrimSpace(rest)) > 0 {
		return errors.New("its header goes on after the closing brace")
	}
	slices.SortFunc(t.tensors, func(a, b TensorInfo) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

func parseTensor(decoder *json.Decoder) (TensorInfo, error) {
	var entry struct {
		DType   string   `json:"dtype"`
		Shape   []int    `json:"shape"`
		Offsets *[]int64 `json:"data_offsets"`
	}
	if err := decoder.Decode(&entry); err != nil {
		return TensorInfo{}, err
	}
	if entry.DType == "" || entry.Shape == nil || entry.Offsets == nil || len(*entry.Offsets) != 2 {
		return TensorInfo{}, errors.New("dtype, shape or data_offsets is missing")
	}
	info := TensorInfo{DType: entry.DType, Shape: entry.Shape, begin: (*entry.Offsets)[0], end: (*entry.Offsets)[1]}
	if info.begin < 0 || info.end < info.begin {
		return info, fmt.Errorf("data_offsets [%d, %d] are no range", info.begin, info.end)
	}
	// Zero sizes come last, so that they cannot hide a product that overflows.
	elements, empty := int64(1), false
	for _, size := range entry.Shape {
		switch {
		case size < 0:
			return info, fmt.Errorf("shape %v has a negative size", entry.Shape)
		case size == 0:
			empty = true
		case elements > math.MaxInt64/16/int64(size):
			return info, fmt.Errorf("shape %v has more elements than can be counted", entry.Shape)
		default:
			elements *= int64(size)
		}
	}
	if empty {
		elements = 0
	}
	if d, known := dtypes[entry.DType]; known && info.end-info.begin != elements*int64(d.bytes) {
		return info, fmt.Errorf("%s%v takes %d bytes, and data_offsets give %d", entry.DType, entry.Shape, elements*int64(d.bytes), info.end-info.begin)
	}
	return info, nil
}

// checkPlaces checks that the tensors fill the content, each byte once.
func (t *Tensors) checkPlaces() error {
	order := slices.Clone(t.tensors)
	slices.SortFunc(order, func(a, b TensorInfo) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	at, before := int64(0), ""
	for _, info := range order {
		switch {
		case info.end > t.end-t.start:
			return fmt.Errorf("tensor %q ends at byte %d, and the file has values up to byte %d: it is truncated", info.Name, info.end, t.end-t.start)
		case info.begin < at:
			return fmt.Errorf("tensors %q and %q overlap", before, info.Name)
		case info.begin > at:
			return fmt.Errorf("%d bytes before tensor %q belong to no tensor", info.begin-at, info.Name)
		}
		at, before = info.end, info.Name
	}
	if at != t.end-t.start {
		return fmt.Errorf("%d bytes at its end belong to no tensor", t.end-t.start-at)
	}
	return nil
}

// Infos returns the tensors, sorted by name.
func (t *Tensors) Infos() []TensorInfo { return slices.Clone(t.tensors) }

// Info returns the tensor of that name, and whether there is one.
func (t *Tensors) Info(name string) (TensorInfo, bool) {
	i, found := slices.BinarySearchFunc(t.tensors, name, func(info TensorInfo, name string) int { return strings.Compare(info.Name, name) })
	if !found {
		return TensorInfo{}, false
	}
	return t.tensors[i], true
}

// Read fills dst, which has one entry for each element, with the values of the tensor of that name in memory order.
// F32, F16 and BF16 are exact; F64 and the integers are rounded to the nearest float32, and a finite value that
// float32 cannot hold is an error, as are dtypes other than F16, BF16, F32, F64, I8–I64, U8–U64 and BOOL.
func (t *Tensors) Read(name string, dst []float32) error {
	if err := t.read(name, dst); err != nil {
		return fmt.Errorf("read %s: tensor %q: %w", t.file, name, err)
	}
	return nil
}

func (t *Tensors) read(name string, dst []float32) error {
	info, found := t.Info(name)
	if !found {
		return errors.New("there is none of that name; list the names with 'vnc weights'")
	}
	if _, known := dtypes[info.DType]; !known {
		return fmt.Errorf("dtype %s cannot be read: convert it to F32 with the program that wrote it", info.DType)
	}
	if len(dst) != info.Elements() {
		return fmt.Errorf("it has shape %v, that is %d elements, and %d are wanted", info.Shape, info.Elements(), len(dst))
	}
	overflow, err := decodeChunks(dst, t.reader, t.start+info.begin, info.DType)
	if err != nil {
		return err
	}
	if overflow >= 0 {
		return fmt.Errorf("element %d is too large for float32", overflow)
	}
	return nil
}

// Mapped returns the values of the tensor of that name in memory order where they stand in the file, which is mapped:
// nothing is read until they are touched, and nothing is copied. It is nil where that cannot be: for dtypes other than
// F32, for tensors that are not there, have no elements or stand at a place that is no multiple of 4 bytes, on systems
// that do not map files, and for content that is no file; Read reads them all.
//
// The values are there until the file is closed; touching them afterwards ends the process. What is written to them
// stays in the process. The file must not be changed in place meanwhile, because the values may change with it, and
// the process ends where a part is touched that was cut off. To replace it by a rename, as this package does, is safe.
func (t *Tensors) Mapped(name string) []float32 {
	info, found := t.Info(name)
	if !found || info.DType != "F32" || t.memory == nil {
		return nil
	}
	return floatsOf(t.memory[t.start+info.begin : t.start+info.end])
}

// Digest returns the SHA-256 of the values in hexadecimal: that of all bytes after the header.
func (t *Tensors) Digest() (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(t.reader, t.start, t.end-t.start)); err != nil {
		return "", fmt.Errorf("read %s: %w", t.file, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
