// A libnvrtc that compiles kernels for the stand-in driver: with g++, to a shared object that it calls a cubin.
//
// VN_STANDIN_INCLUDE is the folder of host.h, if it is not that of this library. With VN_STANDIN_ASAN=1 kernels are
// compiled for the address sanitizer.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#define API extern "C" __attribute__((visibility("default")))

extern char** environ;

namespace {

namespace fs = std::filesystem;

enum nvrtcResult {
  NVRTC_SUCCESS = 0,
  NVRTC_ERROR_PROGRAM_CREATION_FAILURE = 2,
  NVRTC_ERROR_INVALID_INPUT = 3,
  NVRTC_ERROR_INVALID_PROGRAM = 4,
  NVRTC_ERROR_INVALID_OPTION = 5,
  NVRTC_ERROR_COMPILATION = 6,
  NVRTC_ERROR_INTERNAL_ERROR = 11,
};

struct Program {
  std::string source, name;
  std::vector<std::pair<std::string, std::string>> headers; // name, text
  std::string image, log;
};

constexpr char ptx[] = "// The stand-in compiles to a cubin alone.\n";

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool write(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  return bool(out.flush());
}

std::string include_folder() {
  if (const char* dir = getenv("VN_STANDIN_INCLUDE")) return dir;
  Dl_info self;
  dladdr(reinterpret_cast<void*>(&include_folder), &self);
  return fs::path(self.dli_fname).parent_path().string();
}

bool begins(const std::string& s, const char* with) { return s.rfind(with, 0) == 0; }

// Turns the options of NVRTC that have a meaning here into those of g++; false: NVRTC has no such option.
bool translate(const std::vector<std::string>& options, std::vector<std::string>& args, std::string& arch, std::string& log) {
  static const char* const ignored[] = {"--use_fast_math", "-use_fast_math", "--fmad", "-fmad", "--ftz", "--prec-div", "--prec-sqrt",
                                        "-default-device", "--device-as-default-execution-space", "-lineinfo", "--generate-line-info",
                                        "--std", "-std", "--restrict", "-restrict", "--extra-device-vectorization", "--dopt", "-dopt",
                                        "--ptxas-options", "-Xptxas", "-w", "--disable-warnings", "--maxrregcount", "-maxrregcount",
                                        "--split-compile", "-G", "--device-debug", "--display-error-number", "--no-display-error-number"};
  for (size_t i = 0; i < options.size(); i++) {
    const std::string& o = options[i];
    auto value = [&](const char* name) -> const char* {
      size_t n = strlen(name);
      if (o == name && i + 1 < options.size()) return options[++i].c_str();
      return begins(o, name) && o[n] == '=' ? o.c_str() + n + 1 : nullptr;
    };
    if (const char* v = value("--gpu-architecture")) {
      arch = v;
    } else if (const char* w = value("-arch")) {
      arch = w;
    } else if (begins(o, "-D") || begins(o, "-I") || begins(o, "-U")) {
      args.push_back(o);
    } else {
      bool known = false;
      for (const char* name : ignored) known = known || o == name || begins(o, (std::string(name) + "=").c_str());
      if (!known) {
        log = "nvrtc: error: unrecognized option " + o + " found\n";
        return false;
      }
    }
  }
  return true;
}

// Runs a command with its output in a file. Returns its exit status.
int run(const std::vector<std::string>& args, const fs::path& output) {
  std::vector<char*> argv;
  for (const std::string& a : args) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  // Without LD_PRELOAD: the sanitizer of the program is none of the compiler's business.
  std::vector<char*> environment;
  for (char** e = environ; *e; e++)
    if (strncmp(*e, "LD_PRELOAD=", 11) != 0) environment.push_back(*e);
  environment.push_back(nullptr);
  pid_t pid;
  int failed = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  int status;
  while (!failed && waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) failed = errno;
  return failed ? 127 : WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

nvrtcResult compile(Program& p, const std::vector<std::string>& options) {
  std::vector<std::string> more;
  std::string arch = "compute_52"; // what NVRTC takes where nothing is said
  if (!translate(options, more, arch, p.log)) return NVRTC_ERROR_INVALID_OPTION;
  if (!begins(arch, "sm_") && !begins(arch, "compute_")) {
    p.log = "nvrtc: error: invalid value for --gpu-architecture (-arch)\n";
    return NVRTC_ERROR_INVALID_OPTION;
  }
  char folder[] = "/tmp/vn-nvrtc-XXXXXX";
  if (!mkdtemp(folder)) return NVRTC_ERROR_INTERNAL_ERROR;
  const fs::path dir = folder;
  const fs::path source = dir / fs::path(p.name).filename(), object = dir / "module.so", log = dir / "log";
  bool ok = write(source, p.source);
  for (const auto& [name, text] : p.headers) ok = ok && write(dir / fs::path(name).filename(), text);

  const char* compiler = getenv("VN_STANDIN_CXX");
  const bool asan = getenv("VN_STANDIN_ASAN") && strcmp(getenv("VN_STANDIN_ASAN"), "1") == 0;
  std::vector<std::string> args = {compiler ? compiler : "g++", "-x", "c++", "-std=c++17", "-O1", "-fPIC", "-shared",
                                   "-ffp-contract=off", "-fno-strict-aliasing", "-w",
                                   // Misaligned accesses and indexes out of bounds are faults; the driver says so, and
                                   // not libubsan, which -nodefaultlibs leaves out.
                                   "-fsanitize=alignment,null,bounds", "-fno-sanitize-recover=all", "-nodefaultlibs",
                                   "-DVN_STANDIN_ARCH=" + std::to_string(atoi(arch.c_str() + arch.find('_') + 1)),
                                   "-I" + dir.string(), "-I" + include_folder()};
  if (asan) args.insert(args.end(), {"-g", "-fsanitize=address"});
  if (arch == "sm_90a" || arch == "compute_90a") args.push_back("-DVN_SM90A");
  args.insert(args.end(), more.begin(), more.end());
  args.insert(args.end(), {source.string(), "-o", object.string(), "-lm", "-lc", "-lgcc"});
  int status = ok ? run(args, log) : 1;
  p.log = read(log);
  if (status == 0 && begins(arch, "sm_")) p.image = read(object);
  if (status == 127) p.log += "vn stand-in: cannot run " + args[0] + "\n";
  std::error_code ignored;
  if (!getenv("VN_STANDIN_KEEP")) fs::remove_all(dir, ignored);
  return status == 0 ? NVRTC_SUCCESS : NVRTC_ERROR_COMPILATION;
}

nvrtcResult copy(const std::string& from, char* to) {
  memcpy(to, from.c_str(), from.size());
  return NVRTC_SUCCESS;
}

} // namespace

API const char* nvrtcGetErrorString(int result) {
  switch (result) {
    case 0: return "NVRTC_SUCCESS";
    case 1: return "NVRTC_ERROR_OUT_OF_MEMORY";
    case 2: return "NVRTC_ERROR_PROGRAM_CREATION_FAILURE";
    case 3: return "NVRTC_ERROR_INVALID_INPUT";
    case 4: return "NVRTC_ERROR_INVALID_PROGRAM";
    case 5: return "NVRTC_ERROR_INVALID_OPTION";
    case 6: return "NVRTC_ERROR_COMPILATION";
    case 11: return "NVRTC_ERROR_INTERNAL_ERROR";
  }
  return "NVRTC_ERROR unknown";
}

API int nvrtcVersion(int* major, int* minor) {
  *major = 12, *minor = 4;
  return NVRTC_SUCCESS;
}

API int nvrtcCreateProgram(Program** to, const char* source, const char* name, int headers, const char* const* texts,
                           const char* const* names) {
  if (!to || !source) return NVRTC_ERROR_INVALID_INPUT;
  auto* p = new Program;
  p->source = source;
  p->name = name && *name ? name : "default_program";
  for (int i = 0; i < headers; i++) p->headers.emplace_back(names[i], texts[i]);
  *to = p;
  return NVRTC_SUCCESS;
}

API int nvrtcDestroyProgram(Program** p) {
  if (!p || !*p) return NVRTC_ERROR_INVALID_PROGRAM;
  delete *p;
  *p = nullptr;
  return NVRTC_SUCCESS;
}

API int nvrtcCompileProgram(Program* p, int n, const char* const* options) {
  if (!p) return NVRTC_ERROR_INVALID_PROGRAM;
  return compile(*p, {options, options + n});
}

// As with NVRTC, there is no cubin of a virtual architecture (compute_80).
API int nvrtcGetCUBINSize(Program* p, size_t* bytes) {
  if (!p) return NVRTC_ERROR_INVALID_PROGRAM;
  *bytes = p->image.size();
  return NVRTC_SUCCESS;
}
API int nvrtcGetCUBIN(Program* p, char* to) { return p ? copy(p->image, to) : NVRTC_ERROR_INVALID_PROGRAM; }

API int nvrtcGetPTXSize(Program* p, size_t* bytes) {
  if (!p) return NVRTC_ERROR_INVALID_PROGRAM;
  *bytes = sizeof ptx;
  return NVRTC_SUCCESS;
}
API int nvrtcGetPTX(Program* p, char* to) {
  if (!p) return NVRTC_ERROR_INVALID_PROGRAM;
  memcpy(to, ptx, sizeof ptx);
  return NVRTC_SUCCESS;
}

API int nvrtcGetProgramLogSize(Program* p, size_t* bytes) {
  if (!p) return NVRTC_ERROR_INVALID_PROGRAM;
  *bytes = p->log.size() + 1;
  return NVRTC_SUCCESS;
}
API int nvrtcGetProgramLog(Program* p, char* to) {
  if (!p) return NVRTC_ERROR_INVALID_PROGRAM;
  memcpy(to, p->log.c_str(), p->log.size() + 1);
  return NVRTC_SUCCESS;
}
