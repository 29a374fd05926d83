package volume

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// written is an oblique volume of a type, its voxels the type's least and greatest and some between.
func written(t Type) *Volume {
	s, c := math.Sincos(0.3)
	v := New(Geometry{
		Size:      [3]int{3, 2, 2},
		Spacing:   [3]float64{0.3, 1.1, 3.6},
		Origin:    [3]float64{-100.1, 0.7, 1e3},
		Direction: [3][3]float64{{c, 0, s}, {0, -1, 0}, {-s, 0, c}},
	}, t)
	for i := range v.Data {
		v.Data[i] = float32(i)
	}
	if t.integer() {
		least, above := t.limits()
		v.Data[0], v.Data[1] = float32(least), math.Nextafter32(float32(above), 0)
		if t.Bytes() <= 2 {
			v.Data[1] = float32(above - 1)
		}
	} else {
		v.Data[0], v.Data[1], v.Data[2] = -math.MaxFloat32, math.SmallestNonzeroFloat32, float32(math.Inf(1))
	}
	return v
}

func TestWriteAndRead(t *testing.T) {
	for _, extension := range []string{".mhd", ".mha", ".nii", ".nii.gz"} {
		for kind := Uint8; kind <= Float64; kind++ {
			for name, write := range map[string]func(string, *Volume) error{"plain": Write, "compressed": WriteCompressed} {
				if extension == ".nii" && name == "compressed" {
					continue
				}
				t.Run(fmt.Sprint(extension, " ", kind, " ", name), func(t *testing.T) {
					v := written(kind)
					path := filepath.Join(t.TempDir(), "case"+extension)
					if err := write(path, v); err != nil {
						t.Fatal(err)
					}
					got, err := Read(path)
					if err != nil {
						t.Fatal(err)
					}
					// MetaImage keeps every digit; NIfTI-1 keeps float32.
					options := cmp.Options{}
					if strings.HasPrefix(extension, ".nii") {
						options = append(options, nearly)
					}
					if diff := cmp.Diff(v, got, options); diff != "" {
						t.Errorf("(-written +read):\n%s", diff)
					}
				})
			}
		}
	}
}

func TestWriteIsReproducible(t *testing.T) {
	for _, name := range []string{"a.mha", "a.nii.gz"} {
		var contents [2][]byte
		for i := range contents {
			path := filepath.Join(t.TempDir(), name)
			if err := WriteCompressed(path, written(Int16)); err != nil {
				t.Fatal(err)
			}
			var err error
			if contents[i], err = os.ReadFile(path); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(contents[0], contents[1]); diff != "" {
			t.Errorf("%s differs from one writing to the next", name)
		}
	}
}

// TestWriteNIfTIEveryOrientation writes each of the 48 ways in which axes can follow the patient's, and checks the
// sform and the qform each by itself.
func TestWriteNIfTIEveryOrientation(t *testing.T) {
	for _, axes := range [...][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		for signs := range 8 {
			v := written(Uint8)
			v.Direction = [3][3]float64{}
			for row, axis := range axes {
				v.Direction[row][axis] = float64(1 - 2*(signs>>row&1))
			}
			for _, form := range []string{"sform", "qform"} {
				f := niftiFieldsOf(v)
				if form == "sform" {
					f.QformCode = 0
				} else {
					f.SformCode = 0
				}
				narrow := f.narrow()
				wide, err := narrow.widen()
				if err != nil {
					t.Fatal(err)
				}
				h := &niftiHeader{}
				if err := h.interpret(&wide, nifti1Offset); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(v.Geometry, h.Geometry, nearly); diff != "" {
					t.Errorf("axes %v, signs %03b, %s (-want +got):\n%s", axes, signs, form, diff)
				}
			}
		}
	}
}

func TestWriteLongAxisAsNIfTI2(t *testing.T) {
	v := New(Geometry{Size: [3]int{40000, 1, 1}, Spacing: [3]float64{1, 1, 1}, Direction: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, Uint8)
	v.Data[39999] = 7
	path := filepath.Join(t.TempDir(), "long.nii")
	if err := Write(path, v); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, got); diff != "" {
		t.Error(diff)
	}
}

func TestWriteRounds(t *testing.T) {
	v := written(Int16)
	copy(v.Data, []float32{-32768.5, 32767.4, 0.5, 1.5, 2.5, -0.5, -1.5, 0.49999997})
	path := filepath.Join(t.TempDir(), "case.mha")
	if err := Write(path, v); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{-32768, 32767, 0, 2, 2, 0, -2, 0}, got.Data[:8]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWriteErrors(t *testing.T) {
	directory := t.TempDir()
	old := map[string]string{"case.mhd": "old header", "case.raw": "old voxels", "case.mha": "old", "case.nii.gz": "old", "case.nii": "old"}
	for name, content := range old {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	with := func(kind Type, value float32) *Volume {
		v := written(kind)
		clear(v.Data)
		v.Data[11] = value
		return v
	}
	bad := func(change func(*Volume)) *Volume {
		v := written(Uint8)
		change(v)
		return v
	}
	nan := float32(math.NaN())
	cases := []struct {
		name   string
		volume *Volume
		want   string
	}{
		{"case.mhd", with(Uint8, 256), "voxel (2, 1, 1) is 256, which does not fit uint8"},
		{"case.mhd", with(Uint8, 255.5), "voxel (2, 1, 1) is 255.5, which does not fit uint8"},
		{"case.mha", with(Uint16, -1), "is -1, which does not fit uint16"},
		{"case.nii.gz", with(Int8, -129), "does not fit int8"},
		{"case.nii", with(Int32, nan), "is NaN, which does not fit int32"},
		{"case.nii", with(Int64, 1<<63), "does not fit int64"},
		{"case.nii", with(Uint64, 1<<64), "does not fit uint64"},
		{"case.nii", bad(func(v *Volume) { v.Data = v.Data[1:] }), "11 values"},
		{"case.mha", bad(func(v *Volume) { v.Spacing[1] = 0 }), "spacing along y"},
		{"case.mha", bad(func(v *Volume) { v.Origin[1] = math.NaN() }), "origin"},
		{"case.mha", bad(func(v *Volume) { v.Direction[1][1] = 5 }), "direction"},
		{"case.mha", bad(func(v *Volume) { v.Type = 99 }), "Type(99) is no voxel type"},
		{"case.dcm", written(Uint8), "choose a name"},
		{"absent/case.mhd", written(Uint8), "create its directory first"},
	}
	for _, c := range cases {
		path := filepath.Join(directory, c.name)
		wantError(t, c.name, Write(path, c.volume), "write "+filepath.Dir(path), c.want)
	}
	wantError(t, "compressed .nii", WriteCompressed(filepath.Join(directory, "case.nii"), written(Uint8)), "name it .nii.gz")

	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[entry.Name()] = string(content)
	}
	if diff := cmp.Diff(old, got); diff != "" {
		t.Errorf("the directory after failed writes (-want +got):\n%s", diff)
	}
}

// Files names what Write makes, of every format.
func TestFiles(t *testing.T) {
	v := New(Geometry{Size: [3]int{2, 1, 1}, Spacing: [3]float64{1, 1, 1}, Direction: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, Uint8)
	for _, name := range []string{"a.mhd", "b.MHD", "c.d.mhd", "e.mha", "f.nii", "g.nii.gz"} {
		folder := t.TempDir()
		path := filepath.Join(folder, name)
		if err := Write(path, v); err != nil {
			t.Fatal(err)
		}
		made, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil {
			t.Fatal(err)
		}
		files := Files(path)
		if files[0] != path {
			t.Errorf("%s: the first file is %s", name, files[0])
		}
		slices.Sort(files)
		if diff := cmp.Diff(made, files); diff != "" {
			t.Errorf("%s (-made +named):\n%s", name, diff)
		}
	}
}
