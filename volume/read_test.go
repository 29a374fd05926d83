package volume

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reading is what another program read in an image of testdata/formats.
type reading struct {
	By        string
	Size      [3]int
	Spacing   [3]float64
	Origin    [3]float64
	Direction [3][3]float64
	Type      string
	Voxels    []float64
}

const formats = "testdata/formats"

func readings(t *testing.T) map[string]reading {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(formats, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]reading
	if err := json.Unmarshal(content, &expected); err != nil {
		t.Fatal(err)
	}
	return expected
}

// nearly compares geometry to the precision of NIfTI's float32 and its quaternion, relative to the larger number.
var nearly = cmp.Comparer(func(a, b float64) bool {
	return math.Abs(a-b) <= 2e-7*max(1, math.Abs(a), math.Abs(b))
})

func TestReadAgreesWithOtherPrograms(t *testing.T) {
	expected := readings(t)
	if len(expected) < 100 {
		t.Fatalf("only %d images in expected.json", len(expected))
	}
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			v, err := Read(filepath.Join(formats, name))
			if err != nil {
				t.Fatal(err)
			}
			geometry := Geometry{want.Size, want.Spacing, want.Origin, want.Direction}
			if diff := cmp.Diff(geometry, v.Geometry, nearly); diff != "" {
				t.Errorf("geometry (-%s +got):\n%s", want.By, diff)
			}
			if v.Type.String() != want.Type {
				t.Errorf("type %v, want %s", v.Type, want.Type)
			}
			voxels := make([]float32, len(want.Voxels))
			for i, value := range want.Voxels {
				voxels[i] = float32(value)
			}
			if diff := cmp.Diff(voxels, v.Data); diff != "" {
				t.Errorf("voxels (-%s +got):\n%s", want.By, diff)
			}
			g, err := ReadGeometry(filepath.Join(formats, name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(v.Geometry, g); diff != "" {
				t.Errorf("ReadGeometry (-Read +got):\n%s", diff)
			}
		})
	}
}

func TestReadTakesEitherFileOfAPair(t *testing.T) {
	for name, other := range map[string]string{"pair.img": "pair.hdr", "pair_gz.hdr.gz": "pair_gz.img.gz"} {
		a, err := Read(filepath.Join(formats, name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := Read(filepath.Join(formats, other))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%s and %s differ:\n%s", name, other, diff)
		}
	}
}

func TestReadRecognisesContentUnderAnyName(t *testing.T) {
	for _, name := range []string{"crlf.mha", "qform_only.nii", "msb_nifti2.nii.gz"} {
		want, err := Read(filepath.Join(formats, name))
		if err != nil {
			t.Fatal(err)
		}
		renamed := filepath.Join(t.TempDir(), "image")
		copyFile(t, filepath.Join(formats, name), renamed)
		got, err := Read(renamed)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s under another name (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadRefusesWhatIsNoImage(t *testing.T) {
	directory := t.TempDir()
	text := filepath.Join(directory, "notes.txt")
	raw := filepath.Join(directory, "case.raw")
	empty := filepath.Join(directory, "empty.nii")
	for path, content := range map[string]string{text: "hello", raw: "\x01\x02", empty: ""} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]string{
		filepath.Join(directory, "absent.mha"): "no such file",
		directory:                              "no regular file",
		text:                                   "neither the name nor the content",
		raw:                                    "case.mhd",
		empty:                                  "ends within the NIfTI header",
	}
	for path, message := range cases {
		_, err := Read(path)
		wantError(t, path, err, "read "+path+": ", message)
		_, err = ReadGeometry(path)
		wantError(t, path, err, "read "+path+": ", message)
	}
}

// wantError checks that there is an error with all of the texts, and that it is short enough to read.
func wantError(t *testing.T, name string, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %q", name, texts)
		return
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s: error %q lacks %q", name, err, text)
		}
	}
	if len(err.Error()) > 800 {
		t.Errorf("%s: the error has %d bytes", name, len(err.Error()))
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
