package memory

import (
	"runtime"
	"testing"
	"testing/fstest"
)

func TestPeak(t *testing.T) {
	for name, c := range map[string]struct {
		status string
		want   int64
	}{
		"held":       {"Name:\tvnc\nVmPeak:\t 9000 kB\nVmHWM:\t 2048 kB\nVmRSS:\t 1024 kB\n", 2 << 20},
		"no number":  {"VmHWM: much kB\nVmHWM:\n", 0},
		"not stated": {"Name:\tvnc\n", 0},
	} {
		root := fstest.MapFS{"proc/self/status": &fstest.MapFile{Data: []byte(c.status)}}
		if got := peak(root); got != c.want {
			t.Errorf("%s: %d bytes, want %d", name, got, c.want)
		}
	}
	if got := peak(fstest.MapFS{}); got != 0 {
		t.Errorf("a system without the file: %d bytes", got)
	}
}

// The peak of this process covers what it has just touched.
func TestPeakOfThisProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("known on Linux alone")
	}
	const size = 64 << 20
	held := make([]byte, size)
	for i := 0; i < size; i += 4096 {
		held[i] = 1
	}
	if got := Peak(); got < size {
		t.Errorf("the process held %d bytes, and its peak is %d", size, got)
	}
	runtime.KeepAlive(held)
}
