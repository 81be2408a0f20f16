# SPDX-License-Identifier: BSD-2-Clause
#
# The unit tests: portable sources and their tests, compiled for the host under AddressSanitizer and
# UndefinedBehaviorSanitizer. Each folder tests/unit/ROOM makes one program out/tests/unit/ROOM from its *.cpp and from
# the sources that its file SOURCES lists, a path a line, '#' for comments. tests/unit/host/ is what every program
# gets: stand-ins for what only the kernel has.
#
# Alone: make -f tests/unit/rules.mk unit

OUT ?= out
CXX ?= g++

UNIT_OUT := $(OUT)/tests/unit
UNIT_OBJECTS := $(OUT)/tests/objects
UNIT_CXXFLAGS := -std=c++20 -g -O1 -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
                 -I. -Iinclude -Ilib/include -iquote kernel -DPECAN_HOST=1

UNIT_ROOMS := $(filter-out host,$(patsubst tests/unit/%/,%,$(sort $(dir $(wildcard tests/unit/*/*.cpp)))))
UNIT_PROGRAMS := $(UNIT_ROOMS:%=$(UNIT_OUT)/%)
UNIT_TESTS += $(UNIT_PROGRAMS)

# The objects of room $1.
unit_sources = $(wildcard tests/unit/$1/*.cpp tests/unit/host/*.cpp) \
               $(shell sed 's/\#.*//' tests/unit/$1/SOURCES 2>/dev/null)
unit_objects = $(patsubst %,$(UNIT_OBJECTS)/%.o,$(call unit_sources,$1))

define unit_program
$(UNIT_OUT)/$1: $(call unit_objects,$1) $(wildcard tests/unit/$1/SOURCES)
	@mkdir -p $$(@D)
	@$$(CXX) $$(UNIT_CXXFLAGS) -o $$@ $$(filter %.o,$$^) -lgtest -lgtest_main -pthread
-include $(patsubst %.o,%.d,$(call unit_objects,$1))
endef
$(foreach room,$(UNIT_ROOMS),$(eval $(call unit_program,$(room))))

$(UNIT_OBJECTS)/%.o: % tests/unit/rules.mk
	@mkdir -p $(@D)
	@$(CXX) $(UNIT_CXXFLAGS) -MMD -MP -c $< -o $@

# The top Makefile has a target of this name that also counts.
ifeq ($(firstword $(MAKEFILE_LIST)),tests/unit/rules.mk)
.PHONY: unit
unit: $(UNIT_ROOMS:%=unit-%)
endif
.PHONY: $(UNIT_ROOMS:%=unit-%)
$(UNIT_ROOMS:%=unit-%): unit-%: $(UNIT_OUT)/%
	@$< --gtest_brief=1 --gtest_output=xml:$<.xml
