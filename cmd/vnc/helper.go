package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vnlang/vn/internal/subprocess"
)

// helperName is the command that computes on a GPU: vnc, built with the tag cuda. It is another one because it needs
// NVIDIA's driver to start at all, and vnc runs everywhere.
const helperName = "vnc-cuda"

// helperMark is the environment variable of what was started as the helper. It has none itself, whatever it is: so no
// file of that name makes vnc start itself again and again.
const helperMark = "VN_HELPER"

// howToBuild says how to come by the helper.
const howToBuild = "run\n    scripts/build-cuda.sh\nin the directory of the sources of vnc, which builds vnc, vnc-cuda and vnc-nvrtc side by side (README.md, \"On a GPU\")"

// errNoHelper is the error where the helper is not found.
var errNoHelper = errors.New("there is no " + helperName + " beside vnc or on PATH, which computes on GPUs: " + howToBuild)

// helper finds the command that computes on a GPU, and makes sure that it is one, of this version, and starts here.
func helper() (string, error) {
	file, err := findHelper()
	if err != nil {
		return "", err
	}
	if os.Getenv(helperMark) != "" {
		return "", noCUDA(file)
	}
	out, err := askHelper(file, "version")
	if err != nil {
		return "", err
	}
	var v versionInfo
	switch err := json.Unmarshal(out, &v); {
	case err != nil || v.Version == "":
		return "", fmt.Errorf("%s is not the %s of vnc: asked for its version, it says %q: remove or rename it, and %s", file, helperName, firstLine(out), howToBuild)
	case differ(v.Version, revision()):
		return "", fmt.Errorf("%s is of another version, %s, than vnc, %s: %s", file, v.Version, revision(), howToBuild)
	case !slices.Contains(v.Devices, "cuda"):
		return "", noCUDA(file)
	}
	return file, nil
}

// differ reports whether two versions are of different sources. Those of a build that is not told its revision, such as that
// of go run, may be of the same.
func differ(a, b string) bool {
	known := func(version string) bool { return !strings.HasPrefix(version, "(") }
	return a != b && known(a) && known(b)
}

// noCUDA is the error of a helper that is a plain vnc.
func noCUDA(file string) error {
	return fmt.Errorf("%s was built without the tag cuda, and computes on no GPU: %s", file, howToBuild)
}

// findHelper looks for the helper beside this command and on PATH.
func findHelper() (string, error) {
	if self, err := os.Executable(); err == nil {
		if resolved, err := filepath.EvalSymlinks(self); err == nil {
			self = resolved
		}
		file := filepath.Join(filepath.Dir(self), helperName)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	if file, err := exec.LookPath(helperName); err == nil {
		return file, nil
	}
	return "", errNoHelper
}

// What the helper may take to say who it is, or what GPUs there are: the driver's start takes a second or two.
var helperLimits = subprocess.Limits{Time: 20 * time.Second, Bytes: 1 << 20}

// askHelper runs a command of the helper that prints JSON, and returns that.
func askHelper(file, command string) ([]byte, error) {
	child := exec.Command(file, command, "--json")
	child.Env = helperEnvironment()
	out, said, err := subprocess.Run(child, helperLimits)
	if err == nil {
		return out, nil
	}
	if child.Process == nil {
		return nil, fmt.Errorf("%s cannot be started: %w: %s", file, err, howToBuild)
	}
	text := strings.TrimSpace(string(said)) // of the loader, or of the driver as it starts
	if !subprocess.Exited(err) || text == "" {
		text = strings.TrimSpace(err.Error() + "\n" + text)
	}
	return nil, fmt.Errorf("%s does not start: %s\n%s", file, text, driverHint(text))
}

// handOver makes the process the helper, with the same arguments. It returns only when that cannot be.
func handOver(args []string) error {
	file, err := helper()
	if err != nil {
		return err
	}
	err = syscall.Exec(file, append([]string{file}, args...), helperEnvironment())
	return fmt.Errorf("start %s: %w", file, err)
}

func helperEnvironment() []string { return append(os.Environ(), helperMark+"=1") }

// driverHint says what to do where the helper does not start.
func driverHint(text string) string {
	switch {
	case strings.Contains(text, "libcuda.so"):
		return "libcuda.so.1 comes with NVIDIA's driver: install it, or add its directory to LD_LIBRARY_PATH"
	case strings.Contains(text, "NoDevice"):
		return "the driver sees no GPU: see what nvidia-smi says, and CUDA_VISIBLE_DEVICES"
	}
	return "see what nvidia-smi says: the driver has to be of CUDA 12 or later"
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line
}
