// Package standin_test tests the stand-in for a GPU: that it computes what the instructions of a GPU compute, and that it
// finds what is wrong with a kernel. It needs g++, and no cgo.
package standin_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// What the programs of testdata say by their exit codes, as harness.h has them.
const (
	exitRight  = 0
	exitWrong  = 1
	exitBroken = 2
)

// needCompiler skips a test that cannot run here.
func needCompiler(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles kernels; left out of short runs")
	}
	if _, err := exec.LookPath("g++"); err != nil {
		t.Skip("there is no g++, which the stand-in for a GPU needs")
	}
}

// libraries builds the stand-in once, with or without the address sanitizer, and returns its folder.
func libraries(t *testing.T, asan bool) string {
	t.Helper()
	needCompiler(t)
	dir, err := build[asan]()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var build = map[bool]func() (string, error){
	false: sync.OnceValues(func() (string, error) { return buildLibraries(false) }),
	true:  sync.OnceValues(func() (string, error) { return buildLibraries(true) }),
}

func buildLibraries(asan bool) (string, error) {
	dir, err := filepath.Abs("../../../build/standin")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("./build.sh", dir)
	if asan {
		cmd.Env = append(os.Environ(), "VN_STANDIN_ASAN=1")
		dir = filepath.Join(dir, "asan")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New("build.sh: " + err.Error() + "\n" + string(out))
	}
	return dir, nil
}

// program compiles a C++ program of testdata against the stand-in.
func program(t *testing.T, name string, asan bool) string {
	t.Helper()
	dir := libraries(t, asan)
	exe := filepath.Join(t.TempDir(), strings.TrimSuffix(name, ".cpp"))
	args := []string{"-std=c++17", "-O2", "-I../../../codegen/cuda/prelude", filepath.Join("testdata", name), "-o", exe,
		"-L" + dir, "-Wl,-rpath," + dir, "-lcuda", "-lnvrtc"}
	if asan {
		args = append(args, "-O1", "-g", "-fsanitize=address")
	}
	if out, err := exec.Command("g++", args...).CombinedOutput(); err != nil {
		t.Fatalf("g++: %v\n%s", err, out)
	}
	return exe
}

// execute runs a program of testdata and returns its exit code and what it said. A program that goes on for minutes, or
// dies of a signal, has found the kernel to be wrong, in a way that it should not have to.
func execute(t *testing.T, env []string, exe string, args ...string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, exe, args...)
	cmd.Env = append(append(plain(), "ASAN_OPTIONS=detect_leaks=0"), env...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return exitRight, string(out)
	case errors.As(err, &exit):
		return exit.ExitCode(), string(out)
	}
	t.Fatal(err)
	return exitBroken, ""
}

// plain returns the environment without what would choose another stand-in than the test's, or tell it something.
func plain() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "LD_LIBRARY_PATH=") || strings.HasPrefix(v, "VN_") })
}
