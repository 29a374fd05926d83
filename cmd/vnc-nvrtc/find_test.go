//go:build linux && (amd64 || arm64)

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeNVRTC makes a library that has the functions of NVRTC and nothing in them but its version and architectures.
func fakeNVRTC(t *testing.T, major, minor int, archs string) string {
	t.Helper()
	text := fmt.Sprintf(`
int nvrtcVersion(int* major, int* minor) { *major = %d, *minor = %d; return 0; }
const char* nvrtcGetErrorString(int r) { return "no"; }
int nvrtcCreateProgram(void) { return 1; }
int nvrtcCompileProgram(void) { return 1; }
int nvrtcGetProgramLogSize(void) { return 1; }
int nvrtcGetProgramLog(void) { return 1; }
int nvrtcGetCUBINSize(void) { return 1; }
int nvrtcGetCUBIN(void) { return 1; }
int nvrtcDestroyProgram(void) { return 1; }
`, major, minor)
	if archs != "" {
		text += fmt.Sprintf(`
static int archs[] = {%s};
int nvrtcGetNumSupportedArchs(int* n) { *n = sizeof archs / sizeof *archs; return 0; }
int nvrtcGetSupportedArchs(int* to) { for (int i = 0; i < sizeof archs / sizeof *archs; i++) to[i] = archs[i]; return 0; }
`, archs)
	}
	file := filepath.Join(t.TempDir(), fmt.Sprintf("libnvrtc-%d.%d.so", major, minor))
	command := exec.Command("gcc", "-shared", "-fPIC", "-w", "-x", "c", "-o", file, "-")
	command.Stdin = strings.NewReader(text)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return file
}

// The first library is taken that knows the architecture and that the driver does not find too new; where there is none,
// each says why not.
func TestLoad(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("there is no gcc, which makes the libraries")
	}
	v13, v12, v11 := fakeNVRTC(t, 13, 0, "80, 90, 100"), fakeNVRTC(t, 12, 4, "70, 80, 90"), fakeNVRTC(t, 11, 8, "70, 80, 90")
	silent := fakeNVRTC(t, 11, 2, "")
	absent := filepath.Join(t.TempDir(), "absent.so")
	all := []string{absent, v13, v12, v11}
	t.Setenv("VN_NVRTC", "")
	for _, c := range []struct {
		names  []string
		arch   string
		driver string
		want   string // the file, or what the error says
	}{
		{all, "sm_80", "", v13},
		{all, "sm_100", "13.1", v13},
		{all, "", "12.4", v12},
		{all, "sm_90a", "12.2", v12}, // of one major version, minor ones do not matter
		{all, "sm_80", "11.8", v11},
		{all, "sm_100", "12.4", "NVRTC 13.0 (" + v13 + ") is too new for the driver, which goes up to CUDA 12.4; " +
			"NVRTC 12.4 (" + v12 + ") does not know sm_100; NVRTC 11.8 (" + v11 + ") does not know sm_100: install another, or name it in VN_NVRTC"},
		{[]string{v11}, "sm_90", "", v11},
		{[]string{v11}, "sm_90a", "", "NVRTC 11.8 (" + v11 + ") does not know sm_90a"},
		{[]string{v12, v12}, "sm_70a", "11.2", "there is no NVRTC that will do: NVRTC 12.4 (" + v12 + ") is too new for the driver, which goes up to CUDA 11.2: install"},
		{[]string{silent}, "sm_100", "", silent},
		{[]string{absent}, "sm_80", "", "there is no NVRTC: install NVIDIA's CUDA toolkit"},
	} {
		w := wanted{arch: c.arch}
		if c.driver != "" {
			if err := w.driver.Set(c.driver); err != nil {
				t.Fatal(err)
			}
		}
		l, err := load(c.names, w)
		switch {
		case err == nil && l.file != c.want:
			t.Errorf("%q, %q: took %s, want %s", c.arch, c.driver, l.file, c.want)
		case err != nil && (!errors.Is(err, errNoLibrary) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%q, %q: %v, want %s", c.arch, c.driver, err, c.want)
		}
	}
}

// What VN_NVRTC names, and cannot be loaded, is named, with the reason.
func TestLoadNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "absent.so")
	t.Setenv("VN_NVRTC", file)
	_, err := load(places(), wanted{})
	if err == nil || !strings.Contains(err.Error(), "VN_NVRTC is "+file+", which cannot be loaded: "+file+": cannot open") {
		t.Errorf("the error is %v", err)
	}
}

// VN_NVRTC alone is tried where it is set; else what CUDA_HOME has comes before /usr/local/cuda.
func TestPlaces(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, "lib64", "libnvrtc.so.12")
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VN_NVRTC", "")
	t.Setenv("CUDA_HOME", home)
	if got := strings.Join(places(), " "); !strings.HasPrefix(got, "libnvrtc.so.13 libnvrtc.so.12 libnvrtc.so.11.2") || !strings.Contains(got, file) {
		t.Errorf("the places are %s", got)
	}
	t.Setenv("VN_NVRTC", "/some/libnvrtc.so")
	if got := strings.Join(places(), " "); got != "/some/libnvrtc.so" {
		t.Errorf("the places are %s", got)
	}
}
