package standin_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestPrimitives compares single instructions with their definitions.
func TestPrimitives(t *testing.T) {
	exe := program(t, "primitives.cpp", false)
	for arch, sm := range map[string]string{"sm_80": "8.0", "sm_90a": "9.0"} {
		code, out := execute(t, []string{"VN_STANDIN_SM=" + sm}, exe, filepath.Join("testdata", "primitives.cu"), arch)
		if code != exitRight {
			t.Errorf("%s: exit code %d\n%s", arch, code, out)
		}
	}
}

// TestDriver runs the cases of driver.cpp, each in a process of its own: a kernel that fails ends the use of the driver.
func TestDriver(t *testing.T) {
	exe := program(t, "driver.cpp", false)
	kernels := filepath.Join("testdata", "driver.cu")
	for _, c := range []struct{ name, env, says string }{
		{"memory", "VN_STANDIN_MEMORY=1048576", ""},
		{"launches", "", ""},
		{"streams", "", ""},
		{"graphs", "", ""},
		{"captures", "", ""},
		{"hopper", "VN_STANDIN_SM=9.0", ""},
		{"misaligned", "", "kernel misaligned, block 0,0,0, thread 0,0,0: address"},
		{"null", "", "null pointer at"},
		{"behind", "", "a write 0 bytes behind the end of an allocation of 256 bytes"},
		{"before", "", "bytes before an allocation of 256 bytes"},
		{"deadlock", "", "thread 0 at bar.sync"},
		{"divergent", "", "disagree: shfl.xor and __syncwarp"},
		{"leaves", "", "a lane left the kernel while its warp waits at shfl.xor"},
		{"shared_array", "", "index 32 is out of the bounds"},
		{"shared_dynamic", "", "a write to shared memory outside its arrays"},
		{"too_much_shared", "", "no room for a shared array of 53248 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, out := execute(t, []string{"VN_SCHED=fwd", c.env}, exe, kernels, c.name)
			if code != exitRight {
				t.Errorf("exit code %d\n%s", code, out)
			}
			if !strings.Contains(out, c.says) {
				t.Errorf("it does not say %q:\n%s", c.says, out)
			}
		})
	}
}

// TestDeviceOfAnotherKind: a cubin runs on the devices that it was made for.
func TestDeviceOfAnotherKind(t *testing.T) {
	exe := program(t, "driver.cpp", false)
	code, out := execute(t, []string{"VN_STANDIN_SM=9.0"}, exe, filepath.Join("testdata", "driver.cu"), "launches")
	if code != exitBroken || !strings.Contains(out, "CUDA_ERROR_NO_BINARY_FOR_GPU") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
