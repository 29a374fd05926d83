package volume

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// metaFile is the header of a MetaImage of 2×3×4 shorts, with lines replaced or added, followed by data.
func metaFile(data []byte, lines ...string) []byte {
	keys := []string{"ObjectType", "NDims", "BinaryData", "DimSize", "ElementType", "ElementDataFile"}
	values := map[string]string{
		"ObjectType": "Image", "NDims": "3", "BinaryData": "True", "DimSize": "2 3 4", "ElementType": "MET_SHORT",
		"ElementDataFile": "LOCAL",
	}
	for _, line := range lines {
		key, value, _ := strings.Cut(line, "=")
		if _, ok := values[key]; !ok {
			keys = append([]string{key}, keys...)
		}
		values[key] = value
	}
	var file bytes.Buffer
	for _, key := range keys {
		if values[key] != "-" {
			fmt.Fprintf(&file, "%s = %s\n", key, values[key])
		}
	}
	file.Write(data)
	return file.Bytes()
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func TestMetaImageErrors(t *testing.T) {
	raw := make([]byte, 48)
	z := deflated(raw)
	huge := deflated(make([]byte, 1<<20))
	cases := []struct {
		name string
		file []byte
		want string
	}{
		{"no data file", metaFile(nil, "ElementDataFile=-"), "no ElementDataFile line"},
		{"no header", []byte("hello\nworld\n"), `line 1, "hello"`},
		{"binary", bytes.Repeat([]byte{7}, 5000), "not of the form key = value"},
		{"empty data file", metaFile(nil, "ElementDataFile="), "ElementDataFile is empty"},
		{"other object", metaFile(raw, "ObjectType=Tube"), `ObjectType is "Tube"`},
		{"no size", metaFile(raw, "DimSize=-"), "no DimSize"},
		{"key in small letters", metaFile(raw, "DimSize=-", "dimsize=2 3 4"), "write DimSize instead of dimsize"},
		{"no axes", metaFile(raw, "NDims=0"), "NDims is 0"},
		{"one axis", metaFile(raw, "NDims=1", "DimSize=24"), "NDims is 1"},
		{"eleven axes", metaFile(raw, "NDims=11"), "NDims is 11"},
		{"axes that are no number", metaFile(raw, "NDims=three"), `NDims is "three"`},
		{"two sizes", metaFile(raw, "DimSize=2 3"), "DimSize has 2 numbers"},
		{"size zero", metaFile(raw, "DimSize=2 0 4"), `"0" is no number of voxels`},
		{"negative size", metaFile(raw, "DimSize=2 -3 4"), `"-3" is no number of voxels`},
		{"size beyond int", metaFile(raw, "DimSize=2 3 99999999999999999999"), "is no number of voxels"},
		{"product beyond int", metaFile(raw, "DimSize=4294967296 4294967296 4294967296"), "too large"},
		{"bytes beyond int", metaFile(raw, "DimSize=2147483647 2147483647 2"), "more than memory can hold"},
		{"time series", metaFile(raw, "NDims=4", "DimSize=2 3 2 2"), "split the image along axis 4"},
		{"unknown type", metaFile(raw, "ElementType=MET_HALF"), `ElementType is "MET_HALF"`},
		{"channels", metaFile(raw, "ElementNumberOfChannels=3"), "scalar images"},
		{"NaN spacing", metaFile(raw, "ElementSpacing=1 nan 1"), `"nan" is no finite number`},
		{"infinite origin", metaFile(raw, "Offset=1 inf 1"), "no finite number"},
		{"zero spacing", metaFile(raw, "ElementSpacing=1 0 1"), "spacing along y is 0 mm"},
		{"two spacings", metaFile(raw, "ElementSpacing=1 1"), "ElementSpacing has 2 numbers"},
		{"sheared", metaFile(raw, "TransformMatrix=1 0 0 0.5 1 0 0 0 1"), "not orthonormal"},
		{"zero matrix", metaFile(raw, "TransformMatrix=0 0 0 0 0 0 0 0 0"), "not orthonormal"},
		{"too few bytes", metaFile(raw[:47]), "are 1 too few"},
		{"too many bytes", metaFile(append(raw, 0)), "48 bytes, and the 49 bytes in"},
		{"no bytes", metaFile(nil), "are 48 too few"},
		{"header size", metaFile(raw, "HeaderSize=5000"), "are 48 too few"},
		{"negative header size", metaFile(raw, "HeaderSize=-2"), "HeaderSize = -2"},
		{"compressed without beginning", metaFile(z, "CompressedData=True", "HeaderSize=-1"), "HeaderSize is -1"},
		{"damaged compression", metaFile(append([]byte{1}, z...), "CompressedData=True"), "damaged"},
		{"damaged checksum", metaFile(append(z[:len(z)-1:len(z)-1], z[len(z)-1]+1), "CompressedData=True"), "damaged"},
		{"no checksum", metaFile(z[:len(z)-4], "CompressedData=True"), "damaged"},
		{"early end of compression", metaFile(deflated(raw[:31]), "CompressedData=True"), "end after 31 of 48 bytes"},
		{"truncated compression", metaFile(z[:3], "CompressedData=True"), "end after 0 of 48 bytes"},
		{"too much in the compression", metaFile(deflated(append(raw, 0)), "CompressedData=True"), "hold more bytes"},
		{"bytes after the compression", metaFile(append(z[:len(z):len(z)], 0), "CompressedData=True"), "bytes after the end"},
		{"compressed size too large", metaFile(z, "CompressedData=True", "CompressedDataSize=99"), "CompressedDataSize is 99"},
		{"compressed size negative", metaFile(z, "CompressedData=True", "CompressedDataSize=-1"), "CompressedDataSize = -1"},
		{"impossible compression", metaFile(z, "CompressedData=True", "DimSize=2000 2000 2000"), "cannot decompress"},
		{"possible compression of too little", metaFile(huge, "CompressedData=True", "DimSize=524289 1 1"), "end after 1048576 of 1048578 bytes"},
		{"text that is no number", metaFile([]byte(strings.Repeat("1 ", 23)+"x"), "BinaryData=False"), `number 24 of the text is "x"`},
		{"too few numbers", metaFile([]byte(strings.Repeat("10 ", 23)), "BinaryData=False"), "holds 23 numbers, and DimSize needs 24"},
		{"impossibly few numbers", metaFile([]byte("1 2 3"), "BinaryData=False"), "cannot hold so many"},
		{"too many numbers", metaFile([]byte(strings.Repeat("1 ", 25)), "BinaryData=False"), "more than the 24 numbers"},
		{"number beyond the type", metaFile([]byte(strings.Repeat("1 ", 23)+"32768"), "BinaryData=False"), "32768, is no int16"},
		{"fraction", metaFile([]byte(strings.Repeat("1 ", 23)+"1.5"), "BinaryData=False"), "1.5, is no int16"},
		{"endless word", metaFile(bytes.Repeat([]byte("1"), 1<<17), "BinaryData=False"), "number 1 of the text"},
		{"missing data file", metaFile(nil, "ElementDataFile=absent.raw"), "put it beside the header"},
		{"absolute data file", metaFile(nil, "ElementDataFile=/etc/passwd"), "relative to the header"},
		{"data file outside", metaFile(nil, "ElementDataFile=../x.raw"), "relative to the header"},
		{"directory as data file", metaFile(nil, "ElementDataFile=."), "no regular file"},
		{"short list", metaFile([]byte("a\nb\n"), "ElementDataFile=LIST"), "followed by 2 names, and DimSize needs 4"},
		{"list twice", metaFile([]byte("a\nb\n./a\nd\n"), "ElementDataFile=LIST"), `"./a" twice`},
		{"list outside", metaFile([]byte("a\nb\n../c\nd\n"), "ElementDataFile=LIST"), "relative to the header"},
		{"list of odd axes", metaFile(nil, "ElementDataFile=LIST 4"), "from 1 to 3"},
		{"long list", metaFile([]byte("a\n"), "ElementDataFile=LIST 1", "DimSize=2 1000000 1000000"), "needs 1000000000000"},
		{"pattern of too few", metaFile(nil, "ElementDataFile=s%03d.raw 1 3 1"), "do not name 4 files"},
		{"pattern that does not move", metaFile(nil, "ElementDataFile=s%03d.raw 1 4 0"), "do not name 4 files"},
		{"pattern of two", metaFile(nil, "ElementDataFile=s%03d_%d.raw"), "has one number"},
		{"pattern of billions", metaFile(nil, "ElementDataFile=s%d.raw", "DimSize=1 1 1000000000"), "1000000000 files"},
		{"pattern of nothing", metaFile(nil, "ElementDataFile=s%d.raw"), "s1.raw, which ElementDataFile names, is not there"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "case.mha")
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(path)
			wantError(t, c.name, err, "read "+path+": ", c.want)
		})
	}
}

func TestMetaImageHeaderMustEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "case.mhd")
	if err := os.WriteFile(path, bytes.Repeat([]byte("a = b\n"), maxMetaHeader/6+1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path)
	wantError(t, "endless header", err, "no ElementDataFile line")
}

func TestMetaImageDetachedSize(t *testing.T) {
	directory := t.TempDir()
	path, data := filepath.Join(directory, "case.mhd"), filepath.Join(directory, "case.raw")
	if err := os.WriteFile(path, metaFile(nil, "ElementDataFile=case.raw", "HeaderSize=10"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(data, make([]byte, 50), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path)
	wantError(t, "short data file", err, "ask for 24 voxels of int16, 48 bytes, and the 40 bytes in "+data+" after the first 10 are 8 too few")
}

func TestMetaImageSlices(t *testing.T) {
	directory := t.TempDir()
	want := make([]float32, 24)
	for z := range 4 {
		slice := make([]byte, 12)
		for i := range 6 {
			want[6*z+i] = float32(100*z + i)
			binary.LittleEndian.PutUint16(slice[2*i:], uint16(100*z+i))
		}
		for name, content := range map[string][]byte{"raw part %02d.raw": slice, "z%d.zraw": deflated(slice)} {
			if err := os.WriteFile(filepath.Join(directory, fmt.Sprintf(name, z+1)), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, header := range map[string][]byte{
		"default":    metaFile(nil, "ElementDataFile=raw part %02d.raw"),
		"from":       metaFile(nil, "ElementDataFile=raw part %02d.raw 1"),
		"from to":    metaFile(nil, "ElementDataFile=raw part %02d.raw 1 4"),
		"compressed": metaFile(nil, "ElementDataFile=z%d.zraw 1 4 1", "CompressedData=True", "CompressedDataSize=7"),
		"list":       metaFile([]byte("z1.zraw\n\nz2.zraw\nz3.zraw\nz4.zraw"), "ElementDataFile=LIST", "CompressedData=True"),
	} {
		path := filepath.Join(directory, "case.mhd")
		if err := os.WriteFile(path, header, 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := Read(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, v.Data); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTextVoxels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "case.mha")
	text := "1,2 ,3\n-4\t5.5 6e2"
	if err := os.WriteFile(path, metaFile([]byte(text), "BinaryData=F", "DimSize=3 2 1", "ElementType=MET_FLOAT"), 0o600); err != nil {
		t.Fatal(err)
	}
	v, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{1, 2, 3, -4, 5.5, 600}, v.Data); diff != "" {
		t.Error(diff)
	}
}

func TestValueBeyondFloat32(t *testing.T) {
	path := filepath.Join(t.TempDir(), "case.mha")
	if err := os.WriteFile(path, metaFile([]byte("1 2 3 1e39"), "BinaryData=False", "DimSize=2 2 1", "ElementType=MET_DOUBLE"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Read(path)
	wantError(t, "1e39", err, "voxel (1, 1, 0) is 1e+39, beyond the range of float32")
}
