// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/boot/module_plan.hpp"

namespace pecan {

namespace {

/// Modules lie below 4 GiB, apart from each other and from what is claimed.
BootResult<Ok> check(Claims const& claims, Modules const& modules)
{
    for (std::size_t i = 0; i < modules.size(); ++i) {
        Module const& module = modules[i];
        if (module.range.start > four_gib || module.range.size > four_gib - module.range.start)
            return BootError{.fault = BootFault::module_out_of_reach, .file = module.name, .range = module.range};
        Claim const* claim = claims.highest_overlap(module.range);
        Text owner = claim == nullptr ? Text{} : claim->owner;
        for (std::size_t other = 0; other < i; ++other)
            if (modules[other].range.overlaps(module.range)) owner = modules[other].name;
        if (!owner.empty())
            return BootError{
                .fault = BootFault::module_overlaps, .file = module.name, .range = module.range, .other = owner};
    }
    return Ok{};
}

/// The module with contents that lies highest among those not yet in the plan; modules.size(): none.
std::size_t highest_unplanned(Modules const& modules, bool const (&planned)[Modules::capacity])
{
    std::size_t highest = modules.size();
    for (std::size_t i = 0; i < modules.size(); ++i) {
        if (planned[i] || modules[i].range.size == 0) continue;
        if (highest == modules.size() || modules[i].range.start > modules[highest].range.start) highest = i;
    }
    return highest;
}

/// Where the module may not go when it is its turn: what is claimed, where modules have gone, where others still lie.
void collect_obstacles(Claims const& claims, Modules const& modules, bool const (&planned)[Modules::capacity],
                       ModulePlan const& plan, std::size_t turn, Claims& obstacles)
{
    obstacles.clear();
    for (Claim const& claim : claims.all()) obstacles.add(claim.range, claim.owner);
    for (Move const& move : plan)
        obstacles.add({move.to, align_up(move.from.size, page_size)}, modules[move.module].name);
    for (std::size_t i = 0; i < modules.size(); ++i)
        if (i != turn && !planned[i]) obstacles.add(modules[i].range, modules[i].name);
}

} // namespace

// Each module, the highest first, goes to the highest place that is free at its turn. No order can be wrong: a place
// where another module still waits is not free. And it cannot get stuck where page-aligned modules in RAM are
// concerned: their own place is always left. The modules keep their order where RAM is in one piece.
BootResult<Ok> plan_modules(MemoryMap const& map, Claims const& claims, Modules const& modules, ModulePlan& plan)
{
    TRY(check(claims, modules));
    plan.clear();
    bool planned[Modules::capacity]{};
    Claims obstacles;
    for (std::size_t turn; (turn = highest_unplanned(modules, planned)) != modules.size(); planned[turn] = true) {
        PhysRange const from = modules[turn].range;
        collect_obstacles(claims, modules, planned, plan, turn, obstacles);
        auto const to = highest_place(map, obstacles, {one_mib, four_gib}, align_up(from.size, page_size), page_size);
        if (!to.has_value())
            return BootError{.fault = BootFault::no_room_for_module, .file = modules[turn].name, .range = from};
        ensure(plan.add({turn, from, to.value()}));
    }
    return Ok{};
}

void format(Printer& out, Move const& move)
{
    if (move.from.start == move.to)
        out(move.from, " stays");
    else
        out(move.from, " -> ", PhysRange{move.to, move.from.size});
}

} // namespace pecan
