// SPDX-License-Identifier: BSD-2-Clause
//
// The root task: brings up the console, reads its configuration, starts what it names, and serves
// it from then on. docs/roottask.md is its manual.

#include "config.hpp"
#include "console_thread.hpp"
#include "log.hpp"
#include "modules.hpp"
#include "physical.hpp"
#include "supervisor.hpp"
#include "threads.hpp"

#include <l4/kip.hpp>
#include <l4/start.hpp>
#include <l4/syscall.hpp>
#include <l4/utcb.hpp>

namespace {

using namespace root;

constinit Supervisor supervisor{};
/// The module record that holds our own command line.
constexpr char const* own_name = "roottask";

Modules read_modules()
{
    Word const address = l4::kip().boot_info;
    if (address == 0 || !physical::take({address, address + sizeof(l4_boot_info)})) return {};
    auto const size = reinterpret_cast<l4_boot_info const*>(physical::pointer(address))->total_size;
    constexpr Word max_size = l4::mebi;
    if (size > max_size || !physical::take({address, address + size})) return {};
    return Modules::parse(physical::bytes({address, address + size}));
}

void report(ConfigError const& error)
{
    Log::line("'{}': {}", error.word, error.problem);
    Log::line("legal: {}", error.legal);
    Log::line("nothing is started; correct the root task's command line");
}

} // namespace

void server_main()
{
    // To this thread sigma0 has given it. A fault of the console thread later would come to this thread, which may be
    // waiting for it.
    l4::touch_image();
    static constinit Modules modules{};
    modules = read_modules();
    Module const* const own = modules.find(own_name);
    auto const config = Config::parse(own != nullptr ? own->arguments : std::string_view{});

    ThreadId const console = console_thread::start(config ? config->console() : ConsolePort::com1);
    if (!console.is_nil() && console_thread::admit(console, l4::my_global_id(), "root", 0)) Log::open(console);
    // Only now: the threads that we start have to find us ready.
    (void)l4::set_priority(l4::my_global_id(), threads::priority::main);

    if (own == nullptr) Log::line("no module is called '{}': there is no command line to go by", own_name);
    if (config)
        supervisor.start_all(*config, modules, console);
    else
        report(config.error());
    supervisor.serve();
}
