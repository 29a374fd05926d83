package artifact

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadNPY reads what NumPy wrote.
func TestReadNPY(t *testing.T) {
	cube := &Array{[]int{2, 3, 4}, eighths(24)}
	for name, want := range map[string]*Array{
		"f4":         cube,
		"f8_fortran": cube,
		"version2":   cube,
		"version3":   cube,
		"i2":         {[]int{4}, []float32{-32768, -1, 0, 32767}},
		"u1_scalar":  {[]int{}, []float32{200}},
		"bool":       {[]int{2}, []float32{1, 0}},
		"empty":      {[]int{3, 0}, []float32{}},
		"f2":         {[]int{1, 8}, []float32{0, float32(math.Copysign(0, -1)), 1, -2, 65504, 0x1p-24, 0x1p-14, float32(math.Inf(1))}},
	} {
		got, err := ReadNPY("testdata/" + name + ".npy")
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestWriteNPY writes what NumPy wrote, byte for byte.
func TestWriteNPY(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	for name, array := range map[string]*Array{
		"f4":    {[]int{2, 3, 4}, eighths(24)},
		"empty": {[]int{3, 0}, nil},
	} {
		if err := WriteNPY(path, array); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile("testdata/" + name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, shape := range [][]int{{}, {1}} {
		if err := WriteNPY(path, &Array{shape, []float32{5}}); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadNPY(path); err != nil || !cmp.Equal(got, &Array{shape, []float32{5}}) {
			t.Errorf("shape %v comes back as %v, %v", shape, got, err)
		}
	}
	if err := WriteNPY(path, &Array{[]int{2}, []float32{5}}); err == nil || !strings.Contains(err.Error(), "that is 2 elements, and 1 values") {
		t.Errorf("too few values: %v", err)
	}
}

// npy returns a version 1 file with the given header and so many bytes of elements.
func npy(header string, elements int) []byte {
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return append(append(b, header...), make([]byte, elements)...)
}

func TestDamagedNPY(t *testing.T) {
	big := npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", 8)
	binary.LittleEndian.PutUint64(big[len(big)-8:], math.Float64bits(-1e39))
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "does not start with"},
		{"other", []byte("PK\x03\x04 and something else"), "does not start with"},
		{"version", []byte("\x93NUMPY\x04\x00\x00\x00\x00\x00"), "version is 4.0"},
		{"header", []byte("\x93NUMPY\x01\x00\xff\xff{}"), "header should have 65535 bytes"},
		{"long header", []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "header should have 4294967295 bytes"},
		{"no shape", npy("{'descr': '<f4', 'fortran_order': False}", 4), "lacks descr, fortran_order or shape"},
		{"fields", npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", 4), "named fields"},
		{"sizes", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,,2), }", 4), "no list of sizes"},
		{"axes", npy("{'descr': '<f4', 'fortran_order': False, 'shape': ("+strings.Repeat("1,", 65)+"), }", 4), "65 axes"},
		{"huge size", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 4), "no list of sizes"},
		{"objects", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8), `type "|O" cannot be read`},
		{"truncated", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7), "truncated"},
		{"trailing", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9), "needs 8 bytes of elements, and it has 9"},
		{"overflow", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 0), "truncated"},
		{"too large", big, "element 0 is too large for float32"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseNPY(bytes.NewReader(c.file), int64(len(c.file)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v does not say %q", err, c.want)
			}
		})
	}
	if _, err := ReadNPY("testdata/big_endian.npy"); err == nil || !strings.Contains(err.Error(), "read testdata/big_endian.npy: elements of type \">f4\" cannot be read; write it again with numpy.save") {
		t.Errorf("big-endian: %v", err)
	}
}

func FuzzParseNPY(f *testing.F) {
	for _, name := range []string{"f4", "f8_fortran", "u1_scalar", "version2", "empty"} {
		file, err := os.ReadFile("testdata/" + name + ".npy")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		array, err := parseNPY(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		// What was read is written and read again, unchanged.
		var out bytes.Buffer
		if err := encodeNPY(&out, array); err != nil {
			t.Fatal(err)
		}
		again, err := parseNPY(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(array.Shape, again.Shape) || len(array.Values) != len(again.Values) {
			t.Fatalf("shape %v came back as %v", array.Shape, again.Shape)
		}
		for i, value := range array.Values {
			if math.Float32bits(value) != math.Float32bits(again.Values[i]) {
				t.Fatalf("element %d: %v came back as %v", i, value, again.Values[i])
			}
		}
	})
}
