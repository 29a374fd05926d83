//go:build linux && (amd64 || arm64)

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is NVRTC (docs.nvidia.com/cuda/nvrtc), loaded. A result that is not 0 is an error.
type library struct {
	name string

	errorText func(result int32) string
	number    func(major, minor *int32) int32
	create    func(program *uintptr, text, name string, headers int32, contents, names unsafe.Pointer) int32
	build     func(program uintptr, count int32, options **byte) int32
	logSize   func(program uintptr, size *uintptr) int32
	log       func(program uintptr, to *byte) int32
	cubinSize func(program uintptr, size *uintptr) int32
	cubin     func(program uintptr, to *byte) int32
	destroy   func(program *uintptr) int32
}

// sonames are the names under which NVRTC is looked for, the newest first.
var sonames = []string{"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"}

// places returns the files and names to try, in order.
func places() []string {
	if name := os.Getenv("VN_NVRTC"); name != "" {
		return []string{name}
	}
	names := append([]string(nil), sonames...)
	var folders []string
	if self, err := os.Executable(); err == nil {
		for _, beside := range []string{"cuda-tools/lib", "build/cuda-tools/lib", "../cuda-tools/lib"} {
			folders = append(folders, filepath.Join(filepath.Dir(self), beside))
		}
	}
	folders = append(folders, "/usr/local/cuda/lib64")
	for _, folder := range folders {
		for _, name := range sonames {
			if file := filepath.Join(folder, name); exists(file) {
				names = append(names, file)
			}
		}
	}
	return names
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// load loads the first library that there is.
func load() (*library, error) {
	var reasons []string
	for _, name := range places() {
		l, err := open(name)
		if err == nil {
			return l, nil
		}
		reasons = append(reasons, err.Error())
	}
	return nil, fmt.Errorf("%w: install NVIDIA's CUDA toolkit, or fetch the library alone with scripts/cuda-tools.sh, and name it in VN_NVRTC where it is not found\n  %s",
		errNoLibrary, strings.Join(reasons, "\n  "))
}

// open loads a library and finds its functions.
func open(name string) (*library, error) {
	handle, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, err
	}
	l := &library{name: name}
	for symbol, function := range map[string]any{
		"nvrtcGetErrorString": &l.errorText, "nvrtcVersion": &l.number, "nvrtcCreateProgram": &l.create,
		"nvrtcCompileProgram": &l.build, "nvrtcGetProgramLogSize": &l.logSize, "nvrtcGetProgramLog": &l.log,
		"nvrtcGetCUBINSize": &l.cubinSize, "nvrtcGetCUBIN": &l.cubin, "nvrtcDestroyProgram": &l.destroy,
	} {
		at, err := purego.Dlsym(handle, symbol)
		if err != nil {
			return nil, fmt.Errorf("%s lacks %s, which came with CUDA 11.2", name, symbol)
		}
		purego.RegisterFunc(function, at)
	}
	return l, nil
}

// version says which library this is; it changes with the file, so that it can tell what was made by which.
func (l *library) version() string {
	var major, minor int32
	l.number(&major, &minor)
	file := l.file()
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Sprintf("NVRTC %d.%d (%s)", major, minor, file)
	}
	return fmt.Sprintf("NVRTC %d.%d (%s of %s)", major, minor, file, info.ModTime().UTC().Format(time.RFC3339Nano))
}

// file returns the path that the loader took the library from.
func (l *library) file() string {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return l.name
	}
	for line := range strings.Lines(string(maps)) {
		if at := strings.IndexByte(line, '/'); at >= 0 && strings.HasPrefix(filepath.Base(line[at:]), "libnvrtc.so") {
			return strings.TrimSpace(line[at:])
		}
	}
	return l.name
}

// compile compiles a text. The log comes back with an error too.
func (l *library) compile(text string, options []string) (cubin []byte, log string, err error) {
	var program uintptr
	if err := l.check(l.create(&program, text, "vn.cu", 0, nil, nil)); err != nil {
		return nil, "", err
	}
	defer l.destroy(&program)
	pointers := make([]*byte, len(options)) // to bytes of Go, which do not move
	for i, o := range options {
		pointers[i] = unsafe.SliceData(append([]byte(o), 0))
	}
	built := l.build(program, int32(len(options)), unsafe.SliceData(pointers))
	if text, err := l.bytes(program, l.logSize, l.log); err == nil {
		log = strings.TrimSpace(strings.TrimRight(string(text), "\x00"))
	}
	if err := l.check(built); err != nil {
		return nil, log, err
	}
	cubin, err = l.bytes(program, l.cubinSize, l.cubin)
	if err == nil && len(cubin) == 0 {
		err = errors.New("NVRTC made no cubin: it wants an architecture such as sm_80")
	}
	return cubin, log, err
}

// bytes reads what a program has, through a function that gives its size and one that writes it.
func (l *library) bytes(program uintptr, size func(uintptr, *uintptr) int32, read func(uintptr, *byte) int32) ([]byte, error) {
	var n uintptr
	if err := l.check(size(program, &n)); err != nil || n == 0 {
		return nil, err
	}
	b := make([]byte, n)
	return b, l.check(read(program, unsafe.SliceData(b)))
}

// check makes an error of a result.
func (l *library) check(result int32) error {
	if result == 0 {
		return nil
	}
	return errors.New(l.errorText(result))
}
