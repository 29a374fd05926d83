package build

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/internal/subprocess"
)

// Compiler says which compiler Compile takes for an architecture, or for some where that is empty; or, in an error that
// wraps ErrNoCompiler, why there is none.
func Compiler(arch cuda.Arch) (string, error) {
	c, err := find(arch)
	if err != nil {
		return "", err
	}
	return c.version, nil
}

// driver is what SetDriver was told; a string.
var driver atomic.Value

// SetDriver tells Compile the version of CUDA up to which this machine's driver goes, such as "12.4". From then on it
// takes only compilers whose machine code that driver loads, which is that of no later major version.
func SetDriver(version string) { driver.Store(version) }

// What a compiler may take: to say its version, which loads it; for a part of a text, which takes a second or a few; and of
// words.
const (
	askTime     = 30 * time.Second
	compileTime = 10 * time.Minute
	mostText    = 4 << 20
)

// compiler is a command that makes cubins.
type compiler struct {
	command string
	version string
	nvcc    bool
}

// found holds what came of asking compilers for their version, by command and by what for, as functions that wait for
// that: it takes a while, and is asked of several parts at once.
var found sync.Map

// find returns the first compiler that works.
func find(arch cuda.Arch) (*compiler, error) {
	var reasons []string
	for _, c := range candidates() {
		key := fmt.Sprint(c.command, " ", arch, " ", driver.Load())
		ask, _ := found.LoadOrStore(key, sync.OnceValues(func() (*compiler, error) { return &c, c.ask(arch) }))
		known, err := ask.(func() (*compiler, error))()
		if err == nil {
			return known, nil
		}
		found.Delete(key) // it may work later
		reasons = append(reasons, err.Error())
	}
	if len(reasons) == 0 {
		reasons = []string{"neither vnc-nvrtc is beside this command or on PATH, nor nvcc on PATH"}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoCompiler, strings.Join(reasons, "; "))
}

// candidates returns the commands that there are.
func candidates() []compiler {
	var list []compiler
	if name := os.Getenv("VN_NVRTC_COMMAND"); name != "" {
		return []compiler{{command: name}}
	}
	if self, err := os.Executable(); err == nil {
		if file := filepath.Join(filepath.Dir(self), "vnc-nvrtc"); executable(file) {
			list = append(list, compiler{command: file})
		}
	}
	if file, err := exec.LookPath("vnc-nvrtc"); err == nil && !slices.ContainsFunc(list, func(c compiler) bool { return same(c.command, file) }) {
		list = append(list, compiler{command: file})
	}
	if file, err := exec.LookPath("nvcc"); err == nil {
		list = append(list, compiler{command: file, nvcc: true})
	}
	return list
}

// same reports whether two paths are of one file.
func same(a, b string) bool {
	x, err := os.Stat(a)
	y, other := os.Stat(b)
	return err == nil && other == nil && os.SameFile(x, y)
}

func executable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// aim returns the arguments that say what to compile for. vnc-nvrtc chooses an NVRTC by them.
func (c *compiler) aim(arch cuda.Arch) []string {
	var args []string
	if arch != "" {
		args = append(args, "-arch="+string(arch))
	}
	if version, ok := driver.Load().(string); ok && !c.nvcc {
		args = append(args, "-driver="+version)
	}
	return args
}

// ask finds out which version a compiler is, and so whether it works at all.
func (c *compiler) ask(arch cuda.Arch) error {
	args := []string{"--version"}
	if !c.nvcc {
		args = append(args, c.aim(arch)...)
	}
	out, said, err := subprocess.Run(exec.Command(c.command, args...), subprocess.Limits{Time: askTime, Bytes: mostText})
	if err != nil {
		return fmt.Errorf("%s does not work: %s", c.command, first(said, err))
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	c.version = lines[len(lines)-1] // nvcc: Build cuda_12.4.r12.4/compiler.34097967_0
	if !c.nvcc {
		return nil
	}
	var is, most int
	fmt.Sscanf(c.version, "Build cuda_%d.", &is)
	version, _ := driver.Load().(string)
	if fmt.Sscanf(version, "%d.", &most); most > 0 && is > most {
		return fmt.Errorf("%s is of CUDA %d, and the driver goes up to %s", c.command, is, version)
	}
	c.version = fmt.Sprintf("nvcc %s (%s)", strings.TrimPrefix(c.version, "Build "), c.command)
	return nil
}

// run compiles a text. What the compiler said comes back with an error too.
func (c *compiler) run(text string, arch cuda.Arch) (cubin, said []byte, err error) {
	folder, err := os.MkdirTemp("", "vn-cuda-")
	if err != nil {
		return nil, nil, fmt.Errorf("compile the kernels: %w", err)
	}
	defer os.RemoveAll(folder)
	output := filepath.Join(folder, "vn.cubin")
	args := append(c.aim(arch), "-o", output) // of vnc-nvrtc, which reads its input, and of nvcc, which reads a file
	if c.nvcc {
		source := filepath.Join(folder, "vn.cu")
		if err := os.WriteFile(source, []byte(text), 0o666); err != nil {
			return nil, nil, fmt.Errorf("compile the kernels: %w", err)
		}
		args = append(args, "-cubin", "-std=c++17", source)
		if arch == cuda.SM90a {
			args = append(args, "-DVN_SM90A")
		}
	}
	command := exec.Command(c.command, args...)
	if !c.nvcc {
		command.Stdin = strings.NewReader(text)
	}
	out, said, err := subprocess.Run(command, subprocess.Limits{Time: compileTime, Bytes: mostText})
	said = append(out, said...)
	if err == nil {
		if cubin, err = readImage(output); err != nil {
			return nil, said, fmt.Errorf("%s made nothing of the kernels for %s: %w", c.command, arch, err)
		}
	} else {
		return nil, said, fmt.Errorf("%s cannot compile the kernels for %s: %s", c.command, arch, first(said, err))
	}
	return cubin, said, nil
}

// first returns the first line in which a compiler says what is wrong, or the error where it says nothing or was ended.
func first(said []byte, err error) string {
	if !subprocess.Exited(err) {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	for _, line := range lines {
		if strings.Contains(line, "error") {
			return strings.TrimSpace(line)
		}
	}
	if lines[0] != "" {
		return lines[0]
	}
	return err.Error()
}
