// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/support/list.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pecan {
namespace {

struct Red;
struct Blue;

struct Item : Link<Red>, Link<Blue> {
    explicit Item(int n) : number{n} {}
    int number;
};

template <typename Tag>
std::vector<int> numbers(List<Item, Tag> const& list)
{
    std::vector<int> result;
    for (Item* item = list.front(); item != nullptr; item = list.next(*item)) result.push_back(item->number);
    return result;
}

TEST(List, is_first_in_first_out)
{
    List<Item, Red> list;
    Item a{1}, b{2}, c{3};
    EXPECT_TRUE(list.is_empty());
    EXPECT_EQ(list.front(), nullptr);
    list.push_back(a);
    list.push_back(b);
    list.push_front(c);
    EXPECT_EQ(numbers(list), (std::vector{3, 1, 2}));
    for (Item* item : {&c, &a, &b}) {
        EXPECT_EQ(list.front(), item);
        list.remove(*item);
    }
    EXPECT_EQ(list.front(), nullptr);
}

TEST(List, an_item_is_in_several_lists_by_tag)
{
    List<Item, Red> red;
    List<Item, Blue> blue;
    Item a{1}, b{2};
    red.push_back(a);
    red.push_back(b);
    blue.push_front(a);
    blue.push_front(b);
    EXPECT_EQ(numbers(red), (std::vector{1, 2}));
    EXPECT_EQ(numbers(blue), (std::vector{2, 1}));
    List<Item, Red>::remove(a);
    EXPECT_EQ(numbers(red), (std::vector{2}));
    EXPECT_EQ(numbers(blue), (std::vector{2, 1}));
    List<Item, Red>::remove(b);
    List<Item, Blue>::remove(b);
    List<Item, Blue>::remove(a);
}

TEST(List, removing_twice_is_harmless)
{
    List<Item, Red> list;
    Item a{1};
    list.push_back(a);
    List<Item, Red>::remove(a);
    List<Item, Red>::remove(a);
    EXPECT_TRUE(list.is_empty());
    list.push_back(a);
    EXPECT_EQ(numbers(list), (std::vector{1}));
    List<Item, Red>::remove(a);
}

TEST(ListDeathTest, an_item_in_a_list_cannot_enter_another)
{
    List<Item, Red> list;
    Item a{1};
    list.push_back(a);
    EXPECT_DEATH(list.push_back(a), "assertion failed");
    List<Item, Red>::remove(a);
}

} // namespace
} // namespace pecan
