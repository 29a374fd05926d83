package artifact

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// eighths returns n numbers from -1 in steps of 1/8: the array of testdata/make.py.
func eighths(n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(i)/8 - 1
	}
	return values
}

func readAll(t *testing.T, tensors *Tensors) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for _, info := range tensors.Infos() {
		all[info.Name] = make([]float32, info.Elements())
		if err := tensors.Read(info.Name, all[info.Name]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestReadTensors reads what the safetensors library wrote.
func TestReadTensors(t *testing.T) {
	file, err := OpenTensors("testdata/mixed.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	inf := float32(math.Inf(-1))
	want := map[string][]float32{
		"f16": {0, 1, -2.5, 65504, 1.0 / (1 << 24), inf}, "bf16": {1, -2, 3.140625}, "f64": {1.0 / 3, -2},
		"i64": {-(1 << 40), 3}, "u8": {0, 255}, "bool": {1, 0}, "i32": {-7}, "u32": {1 << 32}, "i8": {-128},
		"u16": {65535}, "i16": {-32768}, "u64": {1 << 63},
	}
	if diff := cmp.Diff(want, readAll(t, file.Tensors)); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	info, found := file.Info("f64")
	if !found || info.DType != "F64" || !cmp.Equal(info.Shape, []int{2, 1}) {
		t.Errorf("f64 is %v, %v", info, found)
	}
}

// TestWriteTensors writes what the safetensors library wrote, byte for byte.
func TestWriteTensors(t *testing.T) {
	want, err := os.ReadFile("testdata/f32.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	tensors := []Tensor{
		{"step", nil, Values([]float32{7})},
		{"stage2.weight", []int{2, 3, 4}, Values(eighths(24))},
		{"stage1.bias", []int{3}, Values([]float32{0.5, -3, 1e-20})},
	}
	var got bytes.Buffer
	if err := WriteTensors(&got, tensors, map[string]string{"format": "pt"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Bytes()); diff != "" {
		t.Errorf("bytes (-want +got):\n%s", diff)
	}

	read, err := ParseTensors(bytes.NewReader(want), int64(len(want)), "f32")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"format": "pt"}, read.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	of, _ := read.Digest()
	if digest, err := DigestTensors(tensors); err != nil || digest != of || len(digest) != 64 {
		t.Errorf("DigestTensors %s, %v; Digest of the file %s", digest, err, of)
	}
}

func TestWriteTensorsErrors(t *testing.T) {
	for _, c := range []struct {
		name    string
		tensors []Tensor
		want    string
	}{
		{"twice", []Tensor{{"a", nil, nil}, {"a", nil, nil}}, `two tensors have the name "a"`},
		{"reserved", []Tensor{{"__metadata__", nil, nil}}, "cannot have the name"},
		{"length", []Tensor{{"a", []int{3}, Values([]float32{1})}}, "there are 1 values for a shape of 3 elements"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := WriteTensors(&bytes.Buffer{}, c.tensors, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v does not say %q", err, c.want)
			}
		})
	}
}

// content returns a safetensors file with the given header and so many bytes of values.
func content(header string, values int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, values)...)
}

func TestDamagedTensors(t *testing.T) {
	entry := func(dtype, shape string, begin, end int) string {
		return fmt.Sprintf(`{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}`, dtype, shape, begin, end)
	}
	f32 := entry("F32", "[2]", 0, 8)
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "shorter than the 8 bytes"},
		{"header longer than the file", binary.LittleEndian.AppendUint64(nil, 1<<62), "should have 4611686018427387904 bytes"},
		{"header too long", append(binary.LittleEndian.AppendUint64(nil, maxHeader+1), make([]byte, maxHeader+1)...), "at most 16777216 are read"},
		{"no JSON", content("[1]", 0), "not JSON"},
		{"bad UTF-8", content("{\"\xff\":"+f32+"}", 8), "not JSON"},
		{"cut JSON", content(`{"a":{"dtype":`, 0), `tensor "a"`},
		{"text after JSON", content(`{}x`, 0), "goes on after the closing brace"},
		{"twice", content(`{"a":`+f32+`,"a":`+f32+`}`, 8), `tensor "a" stands in the header twice`},
		{"no dtype", content(`{"a":{"shape":[2],"data_offsets":[0,8]}}`, 8), "dtype, shape or data_offsets is missing"},
		{"one offset", content(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}`, 8), "data_offsets is missing"},
		{"truncated", content(`{"a":`+f32+`}`, 7), "it is truncated"},
		{"trailing", content(`{"a":`+f32+`}`, 9), "1 bytes at its end belong to no tensor"},
		{"gap", content(`{"a":`+entry("F32", "[2]", 4, 12)+`}`, 12), `4 bytes before tensor "a"`},
		{"overlap", content(`{"a":`+f32+`,"b":`+entry("F32", "[1]", 4, 8)+`}`, 8), `tensors "a" and "b" overlap`},
		{"backwards", content(`{"a":`+entry("F32", "[2]", 8, 0)+`}`, 8), "no range"},
		{"before the start", content(`{"a":`+entry("F32", "[2]", -8, 0)+`}`, 8), "no range"},
		{"length", content(`{"a":`+entry("F64", "[2]", 0, 8)+`}`, 8), "F64[2] takes 16 bytes, and data_offsets give 8"},
		{"negative size", content(`{"a":`+entry("F32", "[-2,-1]", 0, 8)+`}`, 8), "negative size"},
		{"overflow", content(`{"a":`+entry("F32", "[4294967296,4294967296,4294967296]", 0, 8)+`}`, 8), "more elements than can be counted"},
		{"overflow behind a zero", content(`{"a":`+entry("F32", "[0,4294967296,4294967296,4294967296]", 0, 0)+`}`, 0), "more elements than can be counted"},
		{"metadata", content(`{"__metadata__":{"a":1}}`, 0), "__metadata__"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ParseTensors(bytes.NewReader(c.file), int64(len(c.file)), "w.safetensors")
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "read w.safetensors") {
				t.Errorf("error %v does not say %q and name the file", err, c.want)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	file := content(`{"e8":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]},"f64":{"dtype":"F64","shape":[2],"data_offsets":[1,17]}}`, 17)
	binary.LittleEndian.PutUint64(file[len(file)-8:], math.Float64bits(1e300))
	tensors, err := ParseTensors(bytes.NewReader(file), int64(len(file)), "w")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		tensor string
		length int
		want   string
	}{
		{"absent", 1, "none of that name"},
		{"e8", 1, "dtype F8_E4M3 cannot be read: convert it to F32"},
		{"f64", 3, "has shape [2], that is 2 elements, and 3 are wanted"},
		{"f64", 2, "element 1 is too large for float32"},
	} {
		err := tensors.Read(c.tensor, make([]float32, c.length))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not say %q", c.tensor, err, c.want)
		}
	}
}

func TestLargeTensorIsReadInParts(t *testing.T) {
	values := make([]float32, 3*chunkElements+5)
	for i := range values {
		values[i] = float32(i)
	}
	var file bytes.Buffer
	if err := WriteTensors(&file, []Tensor{{"a", []int{len(values)}, Values(values)}}, nil); err != nil {
		t.Fatal(err)
	}
	tensors, err := ParseTensors(bytes.NewReader(file.Bytes()), int64(file.Len()), "a")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]float32{"a": values}, readAll(t, tensors)); diff != "" {
		t.Errorf("values (-want +got):\n%.1000s", diff)
	}
}

func TestHalfToFloat(t *testing.T) {
	// IEEE 754-2019 binary16: the smallest and largest subnormal, normal, and the specials.
	for bits, want := range map[uint16]float64{
		0x0001: 0x1p-24, 0x03ff: 0x3ffp-24, 0x0400: 0x1p-14, 0x3555: 0x1.554p-2, 0x7bff: 65504, 0x8001: -0x1p-24, 0xc000: -2, 0xfc00: math.Inf(-1),
	} {
		if got := float64(halfToFloat(bits)); got != want {
			t.Errorf("%#04x is %v, want %v", bits, got, want)
		}
	}
	if got := halfToFloat(0x7e00); got == got {
		t.Errorf("0x7e00 is %v, want NaN", got)
	}
	if got := halfToFloat(0x8000); got != 0 || !math.Signbit(float64(got)) {
		t.Errorf("0x8000 is %v, want -0", got)
	}
}

func FuzzParseTensors(f *testing.F) {
	for _, name := range []string{"testdata/f32.safetensors", "testdata/mixed.safetensors"} {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Add(content(`{"a":{"dtype":"F32","shape":[0,4294967296],"data_offsets":[0,0]}}`, 0))
	f.Fuzz(func(t *testing.T, file []byte) {
		tensors, err := ParseTensors(bytes.NewReader(file), int64(len(file)), "fuzz")
		if err != nil {
			return
		}
		for _, info := range tensors.Infos() {
			if _, known := dtypes[info.DType]; !known {
				continue
			}
			if info.Elements() > len(file) {
				t.Fatalf("tensor %v has more elements than the file has bytes", info)
			}
			tensors.Read(info.Name, make([]float32, info.Elements()))
		}
	})
}
