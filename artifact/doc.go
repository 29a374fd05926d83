// Package artifact reads and writes the files that carry a compiled network and its numbers.
//
// A .vnc file is a zip archive that the usual tools open:
//
//	sources/*.vn          the files that the network was compiled from
//	plans/*.json          the execution plans, such as inference and training; bytes to this package
//	weights.safetensors   the variables by name; absent until the network is initialised or trained
//	manifest.json         format version, model, settings, and the SHA-256 of every other entry
//
// Open checks every entry against the manifest and says which one was changed; large entries have a hash for each
// 4 MiB too, which all cores check together. The weights stand uncompressed, their values from a multiple of 64 bytes
// on, so that they can be used where they are mapped into memory (Tensors.Mapped) as well as be read tensor by tensor
// (Tensors.Read). Writing is deterministic (the same content gives the same bytes) and atomic (a reader finds the old
// file or the new one, and a failure leaves the old one).
//
// Beside it stand two formats of single arrays: safetensors for weights, which other programs read and write too,
// and NumPy's .npy for inputs and outputs that are no volumes. All readers check sizes against the file before they
// allocate, and no file makes them panic.
package artifact
