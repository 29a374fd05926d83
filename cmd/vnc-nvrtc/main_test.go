package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong is said, with the exit code that says which kind of mistake it is.
func TestExitCodes(t *testing.T) {
	t.Setenv("VN_NVRTC", filepath.Join(t.TempDir(), "absent.so"))
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"--help", exitOK, "-arch"},
		{"", exitUsage, "say --arch sm_80"},
		{"--arch sm_80 file.cu", exitUsage, "on the standard input"},
		{"--fast", exitUsage, "not defined: -fast"},
		{"--arch sm_80 --driver twelve", exitUsage, "write a version such as 12.4"},
		{"--arch sm_80", exitNoLibrary, "there is no NVRTC"},
		{"--version", exitNoLibrary, "there is no NVRTC"},
	} {
		var out, errOut bytes.Buffer
		code := execute(strings.Fields(c.args), strings.NewReader(""), &out, &errOut)
		if code != c.code || !strings.Contains(errOut.String(), c.want) {
			t.Errorf("%q exits with %d: %s, want %d and %q", c.args, code, errOut.String(), c.code, c.want)
		}
	}
}

// Where there is an NVRTC, it compiles: to a file or to the output, and with a log of what is wrong.
func TestCompile(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := execute([]string{"--version"}, nil, &out, &errOut); code != exitOK {
		t.Skip("there is no NVRTC here")
	}
	if !strings.HasPrefix(out.String(), "NVRTC 1") || !strings.Contains(out.String(), "libnvrtc") {
		t.Errorf("the version is %q", out.String())
	}
	const text = "#if !defined(__CUDACC_RTC__)\n#include \"host.h\"\nVN_KERNEL(32, 1) f(float* p) { *p = 1; }\nVN_EXPORT(f)\n" +
		"#else\nextern \"C\" __global__ void f(float* p) { *p = 1; }\n#endif\n"
	out.Reset()
	if code := execute([]string{"--arch", "sm_80"}, strings.NewReader(text), &out, &errOut); code != exitOK || !strings.HasPrefix(out.String(), "\x7fELF") {
		t.Errorf("the exit code is %d: %s", code, errOut.String())
	}
	file := filepath.Join(t.TempDir(), "f.cubin")
	if code := execute([]string{"-arch", "sm_80", "-o", file}, strings.NewReader(text), &out, &errOut); code != exitOK {
		t.Errorf("the exit code is %d: %s", code, errOut.String())
	}
	if cubin, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(cubin, []byte("\x7fELF")) {
		t.Errorf("%s holds %d bytes, %v", file, len(cubin), err)
	}
	errOut.Reset()
	if code := execute([]string{"--arch", "sm_80"}, strings.NewReader("int f() { return q; }"), &out, &errOut); code != exitError || !strings.Contains(errOut.String(), "q") {
		t.Errorf("the exit code is %d: %s", code, errOut.String())
	}
}
