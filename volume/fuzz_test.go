package volume

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fuzzImage feeds files to Read under a fixed name. Whatever they hold, Read returns an error, or a volume that is
// valid, is no larger than the file can hold, and comes back the same from a file of our own.
func fuzzImage(f *testing.F, name string, isSeed func(name string) bool) {
	entries, err := os.ReadDir(formats)
	if err != nil {
		f.Fatal(err)
	}
	for _, entry := range entries {
		if !isSeed(entry.Name()) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(formats, entry.Name()))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	directory := f.TempDir()
	path := filepath.Join(directory, name)
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		g, headerError := ReadGeometry(path)
		v, err := Read(path)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "read "+path+": ") {
				t.Errorf("error %q does not name the file", err)
			}
			return
		}
		if headerError != nil || g != v.Geometry {
			t.Errorf("ReadGeometry: %v (%v), Read: %v", g, headerError, v.Geometry)
		}
		if err := v.check(); err != nil {
			t.Errorf("Read returned an invalid volume: %v", err)
		}
		if len(v.Data) > maxInflation*len(content) {
			t.Errorf("%d voxels of a file of %d bytes", len(v.Data), len(content))
		}
		if v.Type.integer() {
			v.Type = Float32 // float32 cannot hold the greatest 64-bit integers exactly
		}
		copied := filepath.Join(directory, "copy.mha")
		if err := Write(copied, v); err != nil {
			t.Fatal(err)
		}
		again, err := Read(copied)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v, again, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("(-read +written and read again):\n%s", diff)
		}
	})
}

func FuzzMetaImage(f *testing.F) {
	f.Add(metaFile([]byte("z1\nz2\nz3\nz4\n"), "ElementDataFile=LIST"))
	f.Add(metaFile(nil, "ElementDataFile=image.mha", "HeaderSize=-1", "DimSize=2 2 2", "ElementType=MET_UCHAR"))
	f.Add(metaFile(nil, "ElementDataFile=z%03d.raw 1 4 1"))
	f.Add(metaFile(deflated(make([]byte, 48)), "CompressedData=True", "CompressedDataSize=15"))
	fuzzImage(f, "image.mha", func(name string) bool { return strings.HasSuffix(name, ".mha") })
}

func FuzzNIfTI(f *testing.F) {
	fuzzImage(f, "image.nii", func(name string) bool {
		return strings.HasSuffix(name, ".nii") || strings.HasSuffix(name, ".nii.gz") || name == "pair.hdr"
	})
}
