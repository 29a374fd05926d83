package volume

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// niftiFile is a NIfTI-1 of 2×3×4 shorts with the header changed, followed by data.
func niftiFile(t *testing.T, data []byte, change func(*nifti1Fields)) []byte {
	t.Helper()
	wide := niftiFieldsOf(New(Geometry{
		Size: [3]int{2, 3, 4}, Spacing: [3]float64{1, 2, 3}, Direction: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	}, Int16))
	header := wide.narrow()
	change(&header)
	var file bytes.Buffer
	if err := binary.Write(&file, binary.LittleEndian, &header); err != nil {
		t.Fatal(err)
	}
	file.Write(make([]byte, 4))
	file.Write(data)
	return file.Bytes()
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func TestNIfTIErrors(t *testing.T) {
	raw := make([]byte, 48)
	nan := float32(math.NaN())
	file := func(change func(h *nifti1Fields)) []byte { return niftiFile(t, raw, change) }
	good := file(func(*nifti1Fields) {})
	packed := gzipped(good)
	cases := []struct {
		name string
		file []byte
		want string
	}{
		{"no header", []byte("hello, world"), "begins with 68 65 6c 6c"},
		{"truncated header", good[:347], "ends within the NIfTI header"},
		{"truncated header, compressed", gzipped(good[:347]), "ends within the NIfTI header"},
		{"Analyze", file(func(h *nifti1Fields) { h.Magic = [4]byte{} }), "older Analyze format"},
		{"magic", file(func(h *nifti1Fields) { h.Magic = [4]byte{'x', 'y', 'z'} }), `magic is "xyz"`},
		{"no axes", file(func(h *nifti1Fields) { h.Dim[0] = 0 }), "dim[0] is 0"},
		{"eight axes", file(func(h *nifti1Fields) { h.Dim[0] = 8 }), "dim[0] is 8"},
		{"negative size", file(func(h *nifti1Fields) { h.Dim[2] = -3 }), "dim[2] is -3"},
		{"size zero", file(func(h *nifti1Fields) { h.Dim[3] = 0 }), "dim[3] is 0"},
		{"time series", file(func(h *nifti1Fields) { h.Dim = [8]int16{4, 2, 3, 2, 2} }), "split it along axis 4"},
		{"huge", file(func(h *nifti1Fields) { h.Dim = [8]int16{3, 32767, 32767, 32767} }), "ask for 35181150961663 voxels of int16, 70362301923326 bytes from byte 352, and the file has 48 there"},
		{"huge, compressed", gzipped(file(func(h *nifti1Fields) { h.Dim = [8]int16{3, 32767, 32767, 32767} })), "cannot decompress"},
		{"complex", file(func(h *nifti1Fields) { h.Datatype = 32 }), "datatype is 32"},
		{"offset in the header", file(func(h *nifti1Fields) { h.VoxOffset = 348 }), "vox_offset is 348"},
		{"offset beyond the file", file(func(h *nifti1Fields) { h.VoxOffset = 1e6 }), "from byte 1000000, and the file has 0 there"},
		{"offset beyond the file, compressed", gzipped(file(func(h *nifti1Fields) { h.VoxOffset = 4000 })), "the file ends before"},
		{"offset NaN", file(func(h *nifti1Fields) { h.VoxOffset = nan }), "vox_offset is NaN"},
		{"offset of half a byte", file(func(h *nifti1Fields) { h.VoxOffset = 352.5 }), "vox_offset is 352.5"},
		{"intercept", file(func(h *nifti1Fields) { h.SclSlope, h.SclInter = 2, nan }), "scl_inter is NaN"},
		{"spacing NaN", file(func(h *nifti1Fields) { h.Pixdim[2] = nan }), "pixdim[2], the spacing along y, is NaN"},
		{"spacing zero", file(func(h *nifti1Fields) { h.Pixdim[1], h.SformCode = 0, 0 }), "pixdim[1], the spacing along x, is 0"},
		{"sform NaN", file(func(h *nifti1Fields) { h.Srow[1][1], h.QformCode = nan, 0 }), "not finite"},
		{"sform zero", file(func(h *nifti1Fields) { h.Srow, h.QformCode = [3][4]float32{}, 0 }), "axis without length"},
		{"qform NaN", file(func(h *nifti1Fields) { h.Quatern[1], h.SformCode = nan, 0 }), "not finite"},
		{"origin infinite", file(func(h *nifti1Fields) { h.Srow[2][3] = float32(math.Inf(1)) }), "origin"},
		{"sheared", file(func(h *nifti1Fields) { h.Srow[0][1], h.QformCode = 0.5, 0 }), "not perpendicular"},
		{"too few bytes", good[:len(good)-1], "48 bytes from byte 352, and the file has 47 there"},
		{"too many bytes", append(good[:len(good):len(good)], 0), "48 bytes from byte 352, and the file has 49 there"},
		{"too few bytes, compressed", gzipped(good[:len(good)-1]), "end after 47 of 48 bytes"},
		{"too many bytes, compressed", gzipped(append(good[:len(good):len(good)], 0)), "hold more bytes"},
		{"truncated compression", packed[:len(packed)-20], "cut off"},
		{"no checksum", packed[:len(packed)-8], "damaged"},
		{"damaged checksum", append(packed[:len(packed)-8:len(packed)-8], 1, 2, 3, 4, 5, 6, 7, 8), "damaged"},
		{"bytes after the compression", append(packed[:len(packed):len(packed)], 0), "bytes after the end"},
		{"truncated gzip header", packed[:5], "damaged"},
		{"pair without image", file(func(h *nifti1Fields) { h.Magic = [4]byte{'n', 'i', '1'} }), "case.img is not there"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "case.nii")
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Read(path)
			wantError(t, c.name, err, "read "+path+": ", c.want)
		})
	}
}

func TestShearedImageIsRefused(t *testing.T) {
	_, err := Read(filepath.Join(formats, "sheared.nii"))
	wantError(t, "sheared.nii", err, "not perpendicular", "resample the image to an orthogonal grid")
}

// TestQuaternion compares the quaternion of a rotation, where each of its four parts is the largest in turn, with the
// axis and angle that made the rotation.
func TestQuaternion(t *testing.T) {
	for _, turn := range [][4]float64{
		{0.1, 1, 2, 3}, {2.5, 5, 1, -1}, {3, 1, -6, 2}, {-3.1, 0.5, 0.3, 4}, {math.Pi, 1, 0, 0}, {math.Pi, 0, 1, 1}, {0, 0, 0, 1},
	} {
		angle := turn[0]
		norm := math.Sqrt(turn[1]*turn[1] + turn[2]*turn[2] + turn[3]*turn[3])
		x, y, z := turn[1]/norm, turn[2]/norm, turn[3]/norm
		s, c := math.Sincos(angle)
		rotation := [3][3]float64{ // Rodrigues' formula
			{c + x*x*(1-c), x*y*(1-c) - z*s, x*z*(1-c) + y*s},
			{y*x*(1-c) + z*s, c + y*y*(1-c), y*z*(1-c) - x*s},
			{z*x*(1-c) - y*s, z*y*(1-c) + x*s, c + z*z*(1-c)},
		}
		sign := math.Copysign(1, math.Cos(angle/2))
		half := sign * math.Sin(angle/2)
		got, want := quaternion(rotation), [3]float64{half * x, half * y, half * z}
		direct, opposite := 0.0, 0.0
		for i := range 3 {
			direct = max(direct, math.Abs(got[i]-want[i]))
			opposite = max(opposite, math.Abs(got[i]+want[i]))
		}
		halfTurn := math.Abs(math.Cos(angle/2)) < 1e-9 // either sign is right
		if direct > 1e-12 && !(halfTurn && opposite < 1e-12) {
			t.Errorf("turn by %v about (%v, %v, %v): %v, want %v", angle, x, y, z, got, want)
		}
	}
}
