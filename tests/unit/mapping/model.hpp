// SPDX-License-Identifier: BSD-2-Clause
/// x2-amd64.md, section 7, once more: slowly, recursively, with maps from the standard library.
#pragma once

#include "tests/unit/mapping/world.hpp"

#include <functional>
#include <list>
#include <map>
#include <set>

namespace pecan {

class Model {
public:
    struct Page {
        unsigned space;
        Word address;
        Word log2;
        Word frame;
        Rights rights;
        Page* parent{nullptr};
        std::set<Page*> children{};
        PageStatus hardware{}, below{};
        Word last() const { return address + low_mask(log2); }
    };
    struct SpaceModel {
        VirtRange area;
        std::vector<VirtRange> kernel_areas;
        std::map<Word, Page*> pages;
    };

    explicit Model(std::vector<SpaceModel> spaces, std::function<bool(Word, Word)> is_available,
                   std::function<bool(Word)> may_be_huge)
        : spaces_{std::move(spaces)}, is_available_{std::move(is_available)}, may_be_huge_{std::move(may_be_huge)}
    {
    }
    ~Model()
    {
        for (auto& space : spaces_)
            for (auto& [address, page] : space.pages) delete page;
    }
    std::vector<SpaceModel>& spaces() { return spaces_; }

    /// Space 0 is sigma0.
    void map(unsigned from, Fpage fpage, Word hot_spot, unsigned to, Fpage window, bool grant)
    {
        if (fpage.rights() == none) return;
        Word const smaller = std::min(fpage.log2size(), window.log2size());
        Word const source = fpage.log2size() <= window.log2size() ? fpage.base() : part(fpage, hot_spot, smaller);
        Word const destination =
            fpage.log2size() <= window.log2size() ? part(window, hot_spot, smaller) : window.base();
        bool const moves = grant && from != to && from != 0;
        // 128 bits, so that nothing can wrap.
        unsigned __int128 const size = static_cast<unsigned __int128>(low_mask(smaller)) + 1;
        unsigned __int128 offset = 0;
        while (offset < size) {
            Word const src = source + static_cast<Word>(offset), dst = destination + static_cast<Word>(offset);
            Page* page = find(from, src);
            bool const is_open = spaces_[to].area.contains(dst) && !in_kernel_area(to, dst, 12);
            auto const fits = [&](Word log2) {
                return is_aligned(src | dst, Word{1} << log2) && offset + (Word{1} << log2) <= size &&
                       spaces_[to].area.contains(VirtRange{dst, dst + low_mask(log2)}) &&
                       !in_kernel_area(to, dst, log2);
            };
            if (page == nullptr && from == 0 && is_open) page = provide(src, fits(30));
            if (page == nullptr && from != 0) {
                auto const next = spaces_[from].pages.lower_bound(src);
                if (next == spaces_[from].pages.end()) break;
                offset += next->first - src;
                continue;
            }
            if (page == nullptr || !is_open) {
                offset += page_size;
                continue;
            }
            Word log2 = page->log2;
            while (log2 > 12 && !fits(log2)) log2 -= 9;
            if (map_piece(*page, src, to, dst, log2, fpage.rights(), moves)) offset += Word{1} << log2;
        }
        if (moves) flush(from, fpage);
    }

    PageStatus unmap(unsigned space, Fpage fpage, bool flush)
    {
        PageStatus status;
        Word const first = fpage.base(), last = fpage.last();
        auto& pages = spaces_[space].pages;
        auto it = pages.upper_bound(first);
        if (it != pages.begin() && std::prev(it)->second->last() >= first) --it;
        while (it != pages.end() && it->first <= last) {
            Page& page = *it->second;
            Word const key = it->first;
            VirtRange frames{page.frame, page.frame + low_mask(page.log2)};
            if (!flush) {
                if (first > page.address) frames.first += first - page.address;
                if (last < page.last()) frames.last -= page.last() - last;
            }
            status = status | unmap_page(page, frames, fpage.rights(), flush);
            it = pages.upper_bound(key);
        }
        return status;
    }

    Page* find(unsigned space, Word address)
    {
        auto& pages = spaces_[space].pages;
        auto it = pages.upper_bound(address);
        if (it == pages.begin()) return nullptr;
        Page* page = std::prev(it)->second;
        return page->last() >= address ? page : nullptr;
    }
    void touch(unsigned space, Word address, bool write)
    {
        Page* page = find(space, address);
        page->hardware = page->hardware | PageStatus{true, write};
    }
    Word page_count() const
    {
        Word count = 0;
        for (auto const& space : spaces_) count += space.pages.size();
        return count;
    }

private:
    static Word part(Fpage big, Word hot_spot, Word log2)
    {
        return big.base() + (hot_spot & low_mask(big.log2size()) & ~low_mask(log2));
    }
    bool in_kernel_area(unsigned space, Word address, Word log2)
    {
        for (VirtRange area : spaces_[space].kernel_areas)
            if (area.overlaps({address, address + low_mask(log2)})) return true;
        return false;
    }
    Page* add(unsigned space, Word address, Word log2, Word frame, Rights rights, Page* parent)
    {
        Page* page = new Page{space, address, log2, frame, rights, parent};
        if (parent != nullptr) parent->children.insert(page);
        spaces_[space].pages[address] = page;
        return page;
    }
    Page* provide(Word address, bool as_huge)
    {
        for (Word const log2 : {30, 21, 12}) {
            Word const base = align_down(address, Word{1} << log2);
            auto const next = spaces_[0].pages.lower_bound(base);
            bool const split = next != spaces_[0].pages.end() && next->first <= base + low_mask(log2);
            bool const allowed = log2 != 30 || (as_huge && may_be_huge_(base));
            if (allowed && !split && is_available_(base, Word{1} << log2) && !in_kernel_area(0, base, log2))
                return add(0, base, log2, base, rwx, nullptr);
        }
        return nullptr;
    }
    static bool descends(Page const* page, Page const* from)
    {
        for (; page != nullptr; page = page->parent)
            if (page == from) return true;
        return false;
    }
    /// False: something was flushed, look again.
    bool map_piece(Page& page, Word src, unsigned to, Word dst, Word log2, Rights asked, bool moves)
    {
        Rights rights = asked & page.rights;
        if (rights == none || (page.space == to && src == dst)) return true;
        rights = rights | r;
        Word const frame = page.frame + (src - page.address);
        bool const whole = page.log2 == log2;
        auto& pages = spaces_[to].pages;
        Page* there = find(to, dst);
        if (there == nullptr) {
            auto const next = pages.lower_bound(dst);
            if (next != pages.end() && next->first <= dst + low_mask(log2)) there = next->second;
        }
        if (there != nullptr) {
            Page const* const origin = moves ? (whole ? nullptr : page.parent) : &page;
            if (origin != nullptr && there->parent == origin && there->address <= dst && there->log2 >= log2 &&
                there->frame + (dst - there->address) == frame) {
                if (there->rights.includes(rights)) return true;
                if (there->log2 == log2 && !moves) {
                    there->rights = there->rights | rights;
                    return true;
                }
            }
            if (descends(&page, there)) return true;
            remove(*there);
            return false;
        }
        if (!moves) {
            add(to, dst, log2, frame, rights, &page);
        } else if (!whole) {
            add(to, dst, log2, frame, rights, page.parent);
        } else {
            revoke(page, page.rights.without(rights), {page.frame, page.frame + low_mask(log2)}, false);
            page.parent->below = page.parent->below | page.hardware;
            page.hardware = {};
            spaces_[page.space].pages.erase(page.address);
            page.space = to;
            page.address = dst;
            page.rights = rights;
            pages[dst] = &page;
        }
        return true;
    }
    void flush(unsigned space, Fpage fpage) { (void)unmap(space, Fpage{fpage.raw() | L4_RIGHTS_RWX}, true); }
    PageStatus remove(Page& page)
    {
        while (!page.children.empty()) remove(**page.children.begin());
        PageStatus const status = page.hardware | page.below;
        if (page.parent != nullptr) {
            page.parent->below = page.parent->below | status;
            page.parent->children.erase(&page);
        }
        spaces_[page.space].pages.erase(page.address);
        delete &page;
        return status;
    }
    static bool touches(Page const& page, VirtRange frames)
    {
        return frames.overlaps({page.frame, page.frame + low_mask(page.log2)});
    }
    void revoke(Page& page, Rights rights, VirtRange frames, bool itself)
    {
        if (itself) page.rights = page.rights.without(rights);
        for (Page* child : page.children)
            if (touches(*child, frames)) revoke(*child, rights, frames, true);
    }
    PageStatus collect(Page& page, VirtRange frames)
    {
        PageStatus status = page.hardware | page.below;
        page.hardware = page.below = {};
        for (Page* child : page.children)
            if (touches(*child, frames)) status = status | collect(*child, frames);
        return status;
    }
    PageStatus unmap_page(Page& page, VirtRange frames, Rights rights, bool flush)
    {
        if (rights == rwx && flush) return remove(page);
        if (rights == rwx) {
            std::vector<Page*> const children(page.children.begin(), page.children.end());
            for (Page* child : children)
                if (page.children.count(child) != 0 && touches(*child, frames)) remove(*child);
        } else {
            revoke(page, rights.without(r), frames, flush);
        }
        PageStatus const status = collect(page, frames);
        if (page.parent != nullptr) page.parent->below = page.parent->below | status;
        return status;
    }

    std::vector<SpaceModel> spaces_;
    std::function<bool(Word, Word)> is_available_;
    std::function<bool(Word)> may_be_huge_;
};

} // namespace pecan
