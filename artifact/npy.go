package artifact

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vnlang/vn/internal/atomicfile"
)

// Array is a dense array of float32 in memory order, the last axis fastest.
type Array struct {
	Shape  []int // empty for a scalar
	Values []float32
}

// npyTypes are NumPy's names of the element types that can be read, little-endian.
var npyTypes = map[string]string{
	"|b1": "BOOL", "|u1": "U8", "|i1": "I8", "<u2": "U16", "<i2": "I16", "<u4": "U32", "<i4": "I32",
	"<u8": "U64", "<i8": "I64", "<f2": "F16", "<f4": "F32", "<f8": "F64",
}

// ReadNPY reads a NumPy array file (.npy; https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html),
// versions 1 to 3. The elements become float32 (see Tensors.Read); an array in Fortran order is put in C order.
func ReadNPY(path string) (*Array, error) {
	file, size, err := openRegular(path)
	if err != nil {
		return nil, fmt.Errorf("read an array: %w", err)
	}
	defer file.Close()
	array, err := parseNPY(file, size)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return array, nil
}

// parseNPY reads a .npy file of the given size in bytes.
func parseNPY(r io.ReaderAt, size int64) (*Array, error) {
	header, start, err := readNPYHeader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not a valid .npy file: %w; write it again with numpy.save", err)
	}
	name, known := npyTypes[header.descr]
	if !known {
		return nil, fmt.Errorf("elements of type %q cannot be read; write it again with numpy.save(file, array.astype('<f4'))", header.descr)
	}
	// Divided, because a product could overflow.
	available, elements := (size-start)/int64(dtypes[name].bytes), int64(1)
	if slices.Contains(header.shape, 0) {
		elements = 0
	}
	for _, n := range header.shape {
		if n > 0 && elements > available/int64(n) {
			return nil, fmt.Errorf("its shape %v needs more than the %d bytes that follow its header: it is truncated; write it again with numpy.save", header.shape, size-start)
		}
		elements *= int64(n)
	}
	if want := elements * int64(dtypes[name].bytes); want != size-start {
		return nil, fmt.Errorf("its shape %v needs %d bytes of elements, and it has %d; write it again with numpy.save", header.shape, want, size-start)
	}
	array := &Array{Shape: header.shape, Values: make([]float32, elements)}
	overflow, err := decodeChunks(array.Values, r, start, name)
	if err != nil {
		return nil, err
	}
	if overflow >= 0 {
		return nil, fmt.Errorf("element %d is too large for float32: scale the array", overflow)
	}
	if header.fortran {
		array.Values = toRowMajor(array.Values, array.Shape)
	}
	return array, nil
}

type npyHeader struct {
	descr   string
	fortran bool
	shape   []int
}

// The header is a Python dictionary of three entries, in the order in which NumPy writes them or another.
var (
	npyDescr   = regexp.MustCompile(`['"]descr['"]\s*:\s*['"]([^'"]*)['"]`)
	npyFortran = regexp.MustCompile(`['"]fortran_order['"]\s*:\s*(True|False)\b`)
	npyShape   = regexp.MustCompile(`['"]shape['"]\s*:\s*\(([0-9,\sL]*)\)`)
)

// readNPYHeader returns the header and the place at which the elements start.
func readNPYHeader(r io.ReaderAt, size int64) (h npyHeader, start int64, err error) {
	var prefix [12]byte
	n, err := r.ReadAt(prefix[:], 0)
	if err != nil && err != io.EOF {
		return h, 0, err
	}
	if n < 10 || !bytes.HasPrefix(prefix[:], []byte("\x93NUMPY")) {
		return h, 0, errors.New(`it does not start with "\x93NUMPY"`)
	}
	start = 10
	length := int64(binary.LittleEndian.Uint16(prefix[8:]))
	switch version := prefix[6]; {
	case version == 2 || version == 3:
		start = 12
		length = int64(binary.LittleEndian.Uint32(prefix[8:]))
	case version != 1:
		return h, 0, fmt.Errorf("its version is %d.%d, and 1, 2 and 3 are known", version, prefix[7])
	}
	if length > size-start || length > 1<<20 {
		return h, 0, fmt.Errorf("its header should have %d bytes, and the file has %d in all", length, size)
	}
	text := make([]byte, length)
	if err := readFullAt(r, text, start); err != nil {
		return h, 0, err
	}
	descr, fortran, shape := npyDescr.FindSubmatch(text), npyFortran.FindSubmatch(text), npyShape.FindSubmatch(text)
	if descr == nil || fortran == nil || shape == nil {
		return h, 0, errors.New("its header lacks descr, fortran_order or shape; arrays with named fields cannot be read")
	}
	h = npyHeader{descr: string(descr[1]), fortran: string(fortran[1]) == "True", shape: []int{}}
	fields := strings.Split(string(shape[1]), ",")
	if last := len(fields) - 1; strings.TrimSpace(fields[last]) == "" {
		fields = fields[:last] // a tuple may end with a comma, and an empty one has no field
	}
	if len(fields) > 64 {
		return h, 0, fmt.Errorf("its shape has %d axes, and NumPy has at most 64", len(fields))
	}
	for _, field := range fields {
		// Python 2 wrote whole numbers with an L behind them.
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(field), "L"))
		if err != nil {
			return h, 0, fmt.Errorf("its shape (%s) is no list of sizes", shape[1])
		}
		h.shape = append(h.shape, n)
	}
	return h, start + length, nil
}

// toRowMajor returns the elements of an array in Fortran order, the first axis fastest, in C order.
func toRowMajor(values []float32, shape []int) []float32 {
	strides := make([]int, len(shape))
	stride := 1
	for axis, n := range shape {
		strides[axis] = stride
		stride *= n
	}
	out := make([]float32, len(values))
	index := make([]int, len(shape))
	at := 0
	for i := range out {
		out[i] = values[at]
		for axis := len(shape) - 1; axis >= 0; axis-- {
			index[axis]++
			at += strides[axis]
			if index[axis] < shape[axis] {
				break
			}
			at -= strides[axis] * index[axis]
			index[axis] = 0
		}
	}
	return out
}

// WriteNPY writes the array to path as .npy version 1, little-endian float32 in C order, atomically.
func WriteNPY(path string, a *Array) error {
	return atomicfile.Write(path, func(w io.Writer) error { return encodeNPY(w, a) })
}

func encodeNPY(w io.Writer, a *Array) error {
	if n := (TensorInfo{Shape: a.Shape}).Elements(); n != len(a.Values) {
		return fmt.Errorf("the array has shape %v, that is %d elements, and %d values", a.Shape, n, len(a.Values))
	}
	sizes := make([]string, len(a.Shape))
	for i, n := range a.Shape {
		sizes[i] = strconv.Itoa(n) + ","
	}
	shape := strings.Join(sizes, " ")
	if len(sizes) > 1 {
		shape = strings.TrimSuffix(shape, ",") // a tuple needs its comma only when it has one element
	}
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape)
	// The elements start at a multiple of 64 bytes; a newline ends the header.
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	if len(header) > math.MaxUint16 {
		return fmt.Errorf("an array of %d axes cannot be written as .npy", len(a.Shape))
	}
	prefix := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	if _, err := w.Write(append(prefix, header...)); err != nil {
		return err
	}
	return writeValues(w, []Tensor{{Shape: a.Shape, Fill: Values(a.Values)}})
}
