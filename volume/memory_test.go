package volume

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestLyingHeadersTakeNoMemory reads small files whose headers ask for up to terabytes.
func TestLyingHeadersTakeNoMemory(t *testing.T) {
	z := deflated(make([]byte, 1<<20)) // about 1 kB
	big := func(h *nifti1Fields) { h.Dim = [8]int16{3, 32767, 32767, 32767} }
	fitting := func(h *nifti1Fields) { h.Dim = [8]int16{3, 1000, 1000, 1} }
	for name, content := range map[string][]byte{
		"raw.mha":     metaFile(nil, "DimSize=100000 100000 100"),
		"zlib.mha":    metaFile(z, "DimSize=100000 100000 100", "CompressedData=True"),
		"text.mha":    metaFile([]byte("1 2 3"), "DimSize=100000 100000 100", "BinaryData=False"),
		"pattern.mha": metaFile(nil, "DimSize=2 2 100000000", "ElementDataFile=s%d.raw"),
		"list.mha":    metaFile([]byte("a\n"), "DimSize=2 2 100000000", "ElementDataFile=LIST"),
		"raw.nii":     niftiFile(t, nil, big),
		"gz.nii":      gzipped(niftiFile(t, nil, big)),
		"short.nii":   gzipped(niftiFile(t, make([]byte, 1<<20), fitting)),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Read(path)
		runtime.ReadMemStats(&after)
		wantError(t, name, err, path)
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 8<<20 {
			t.Errorf("%s: reading %d bytes took %d bytes of memory", name, len(content), taken)
		}
	}
}
