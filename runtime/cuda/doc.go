// Package cuda runs plans on an NVIDIA GPU. All of it but this file is behind the build tag cuda, because it needs cgo,
// the headers of CUDA 11.8 to 12.x (scripts/cuda-tools.sh) and, when it runs, NVIDIA's driver: package gorgonia.org/cu
// ends a process that has none as it starts. So no command that must run without a GPU imports it; cmd/vnc
// does with the tag alone, and is then called vnc-cuda.
//
// A Device makes all calls of the driver on one goroutine that is locked to a thread. A Session is a plan that package
// codegen/cuda wrote as CUDA C++ and package codegen/cuda/build compiled: one block of device memory at whose offsets
// everything lies, and a list of launches that is captured into one CUDA graph and replayed each step. Variables are
// float32 in device memory, and shared by the sessions.
//
// The environment variable VN_CUDA_SYNC=1 runs the launches of a step one by one and waits for each: slow, and an error
// names the kernel, and the line of the program, that made it.
package cuda
